/** Downloads with progress, whose failures are Problems. */

import { Problem, type ProblemKind } from "./problem";

export interface Progress {
  readonly loaded: number;
  readonly total: number;
}

/**
 * The bytes of a file.
 *
 * expected: its size as the manifest says, for progress (Content-Length may count packed bytes).
 * Raises Problem(missing) for a file that the server lacks, Problem("network") when it cannot be
 * reached, and passes AbortError on.
 */
export async function fetchBytes(
  url: string,
  expected: number,
  missing: ProblemKind,
  onProgress: (progress: Progress) => void,
  signal?: AbortSignal,
): Promise<ArrayBuffer> {
  const response = await request(url, missing, signal);
  if (!response.body) return response.arrayBuffer();
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let loaded = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((reason: unknown) => {
      throw signal?.aborted ? reason : new Problem("network", `${url}: ${String(reason)}`);
    });
    if (done) break;
    chunks.push(value);
    loaded += value.length;
    onProgress({ loaded, total: Math.max(expected, loaded) });
  }
  return joined(chunks, loaded);
}

/** The JSON value of a file; raises like `fetchBytes`, and Problem(broken) for what is not JSON. */
export async function fetchJson(
  url: string,
  missing: ProblemKind,
  broken: ProblemKind,
): Promise<unknown> {
  const response = await request(url, missing);
  try {
    return await response.json();
  } catch (reason) {
    throw new Problem(broken, `${url}: ${String(reason)}`);
  }
}

async function request(url: string, missing: ProblemKind, signal?: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, signal ? { signal } : {});
  } catch (reason) {
    if (signal?.aborted) throw reason;
    throw new Problem("network", `${url}: ${String(reason)}`);
  }
  if (response.ok) return response;
  const kind = response.status >= 500 ? "network" : missing;
  throw new Problem(kind, `${url}: status ${response.status}`);
}

function joined(chunks: readonly Uint8Array[], length: number): ArrayBuffer {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes.buffer;
}
