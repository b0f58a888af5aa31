export const TYPES: URL;
export function manifestTypes(): Promise<string>;
