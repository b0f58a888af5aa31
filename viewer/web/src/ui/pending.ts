/** A promise that is settled from outside. */

export interface Pending {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(reason: unknown): void;
}

export function pending(): Pending {
  let settle: Omit<Pending, "promise"> | null = null;
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...(settle as unknown as Omit<Pending, "promise">) };
}
