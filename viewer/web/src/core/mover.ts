/** What gestures do, whatever is on show. */

/** CSS pixels from the top left of the scene. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Mover {
  stop(): void;
  /** The picture follows a finger; returns by how much it turned, radians to the right and up. */
  drag(from: Point, to: Point): readonly [number, number];
  /** Two fingers, or the other button. */
  pan(from: Point, to: Point): void;
  /** Zooms, keeping what is at a point of the screen where it is. */
  zoom(factor: number, at?: Point): void;
  /** A step by key or button, radians to the right and up. */
  turn(toRight: number, toUp: number): void;
  /** A step aside, as shares of the picture. */
  move(toRight: number, toUp: number): void;
  /** Turns on, radians a second. */
  glide(toRight: number, toUp: number): void;
}
