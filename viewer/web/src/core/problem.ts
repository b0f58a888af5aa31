/** What can go wrong in front of a visitor. The words for each kind are in strings.ts. */

export type ProblemKind =
  | "manifest-missing"
  | "manifest-broken"
  | "manifest-newer"
  | "no-model"
  | "model-missing"
  | "model-broken"
  | "model-unsupported"
  | "panorama-missing"
  | "panorama-broken"
  | "points-missing"
  | "points-broken"
  | "network"
  | "no-webgl"
  | "picture-lost"
  | "viewer-broken";

export class Problem extends Error {
  constructor(
    readonly kind: ProblemKind,
    /** For the console and for support: which file, which status. */
    detail: string,
  ) {
    super(detail);
    this.name = "Problem";
  }
}

/** Kinds that may go away when tried again. */
export const canRetry = (kind: ProblemKind): boolean =>
  !["no-webgl", "manifest-newer", "no-model", "model-unsupported"].includes(kind);
