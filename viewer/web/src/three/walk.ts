/** The panoramas: which node is on show, its pictures from coarse to fine, and the way to another. */

import type { Texture } from "three";
import { ByteCache } from "../core/byte-cache";
import { type Eye, eyeOfGaze } from "../core/eye";
import { fetchBytes } from "../core/fetching";
import { fovLimits, type Gaze, GazeMotion, type Lens, usualFov } from "../core/gaze";
import { GazeMover } from "../core/gaze-mover";
import { LoadQueue } from "../core/load-queue";
import type { Standpoint } from "../core/link";
import type { Node, PackageFiles } from "../core/manifest";
import type { Mover } from "../core/mover";
import { Problem } from "../core/problem";
import { type Device, tileBudget } from "../core/quality";
import { normal, panoFromWorld, type Quaternion, worldFromPano } from "../core/sphere";
import { densityFor, keyOf, tileBytes, type TileId, tilesFor, uriOf } from "../core/tiles";
import { eased, mix } from "../core/vector";
import { Sphere, textureOf } from "./sphere";
import type { Stage } from "./stage";

/** Seconds of the fade from one node to another. */
const FADE = 0.6;
const UPLOADS_A_FRAME = 2;
/** So many decoded pictures may wait for the GPU; then no more are fetched. */
const MOST_WAITING = 8;
const PARALLEL = 6;
/** Tiles may take this share of the cache: the rest is for bases, and for the way back. */
const TILE_SHARE = 0.8;
const DEGREE = Math.PI / 180;

export interface WalkState {
  readonly node: string | null;
  /** The node that is on its way. */
  readonly arriving: string | null;
  readonly yaw_deg: number;
  readonly pitch_deg: number;
  readonly fov_deg: number;
  /** In the world: the heading is clockwise from -Z. */
  readonly heading_deg: number;
  readonly pitch_in_world_deg: number;
  /** The finest level with a tile on show; -1 for the base, -2 for the preview. */
  readonly level: number;
  readonly tiles: number;
  readonly loading: number;
  readonly bytes: number;
  readonly peakBytes: number;
  readonly budget: number;
  readonly uploads: number;
  /** The most uploads in one frame. */
  readonly mostUploads: number;
  /** A fade from one node to another goes on. */
  readonly fading: boolean;
}

interface Arrival {
  readonly node: Node;
  readonly controller: AbortController;
}

interface Standing {
  readonly node: Node;
  readonly rotation: Quaternion;
  readonly sphere: Sphere;
}

interface Picture {
  readonly key: string;
  readonly bitmap: ImageBitmap;
}

export interface WalkEvents {
  /** The network holds tiles back; they are tried again. */
  onCoarse(): void;
  /** Another node is on show from now on. */
  onNode(node: Node): void;
  /** A node is on its way; null: none any more. */
  onArriving(node: Node | null): void;
}

export class Walk {
  readonly gaze: GazeMotion;
  readonly #nodes: ReadonlyMap<string, Node>;
  readonly #cache: ByteCache<Texture>;
  readonly #queue: LoadQueue<ImageBitmap>;
  readonly #waiting: Picture[] = [];
  readonly #fetched = new Set<string>();
  #needed: ReadonlySet<string> = new Set();
  #usual: number;
  #mover: Mover | null = null;
  #now: Standing | null = null;
  #before: Standing | null = null;
  #fade = 1;
  #arrival: Arrival | null = null;
  #seen = "";
  #layer = 0;
  #uploads = 0;
  #mostUploads = 0;
  /** Uploads since the last frame. */
  #sent = 0;
  #opacity = 1;
  /** While the GPU has forgotten everything: fulfilled once it is back. */
  #lost: { back: Promise<void>; end: () => void } | null = null;
  /** The format of tiles that this browser reads. */
  #format = 0;
  #prefetching = false;

  constructor(
    nodes: readonly Node[],
    private readonly files: PackageFiles,
    private readonly stage: Stage,
    private readonly device: Device,
    reduced: boolean,
    private readonly events: WalkEvents,
  ) {
    this.#nodes = new Map(nodes.map((node) => [node.id, node]));
    const { aspect } = stage;
    this.#usual = usualFov(aspect);
    const start = { heading: 0, pitch: 0, fov: this.#usual };
    this.gaze = new GazeMotion(start, fovLimits(aspect), reduced);
    this.#cache = new ByteCache(tileBudget(device), (key, texture) => {
      for (const standing of [this.#now, this.#before]) standing?.sphere.remove(key);
      texture.dispose();
    });
    this.#queue = new LoadQueue((key, signal) => this.#loadTile(key, signal), {
      onLoaded: (key, bitmap) => this.#wait({ key, bitmap }),
      onLate: (_, bitmap) => bitmap.close(),
      onDelayed: () => this.events.onCoarse(),
      onFailed: (key, reason) => console.warn(`vtour: tile ${key} left out: ${String(reason)}`),
    }, PARALLEL);
  }

  node(id: string): Node | undefined {
    return this.#nodes.get(id);
  }

  get current(): Node | null {
    return this.#now?.node ?? null;
  }

  get arriving(): Node | null {
    return this.#arrival?.node ?? null;
  }

  /** The pose of the camera on show. */
  get eye(): Eye | null {
    const now = this.#now;
    if (!now) return null;
    const { position } = now.node.pose;
    const before = this.#before?.node.pose.position;
    return eyeOfGaze(before ? mix(before, position, eased(this.#fade)) : position, this.gaze.now);
  }

  get fading(): boolean {
    return this.#before !== null;
  }

  /** What gestures move here. */
  get mover(): Mover {
    return (this.#mover ??= new GazeMover(this.gaze, () => this.#lens));
  }

  get #lens(): Lens {
    return { ...this.stage.size, ...this.stage.shift };
  }

  /** How much of the panorama is seen over the model. */
  set opacity(opacity: number) {
    this.#opacity = opacity;
    if (this.#before) this.#endFade();
    if (this.#now) this.#now.sphere.opacity = opacity;
  }

  /** True when all that the view needs is on show. */
  get complete(): boolean {
    const { missing } = this.#queue;
    return this.#arrival === null && missing === 0 && this.#waiting.length === 0;
  }

  /** Where the visitor looks, in the panorama of the node. */
  get standpoint(): Standpoint | null {
    return this.#now && this.#standpointOf(this.#now, this.gaze.goal);
  }

  get state(): WalkState {
    const now = this.#now && this.#standpointOf(this.#now, this.gaze.now);
    const gaze = this.gaze.now;
    return {
      node: this.current?.id ?? null,
      arriving: this.arriving?.id ?? null,
      yaw_deg: now?.yaw ?? 0,
      pitch_deg: now?.pitch ?? 0,
      fov_deg: gaze.fov / DEGREE,
      heading_deg: gaze.heading / DEGREE,
      pitch_in_world_deg: gaze.pitch / DEGREE,
      level: this.#levelShown,
      tiles: this.#cache.size,
      loading: this.#queue.missing + this.#waiting.length,
      bytes: this.#cache.bytes,
      peakBytes: this.#cache.peak,
      budget: this.#cache.budget,
      uploads: this.#uploads,
      mostUploads: this.#mostUploads,
      fading: this.fading,
    };
  }

  /**
   * The gaze that a link describes; what it does not say stays as it is.
   *
   * Heading and pitch of the world are kept from node to node, so a way on goes straight on.
   */
  gazeOf({ node, yaw, pitch, fov }: Standpoint): Partial<Gaze> {
    const pose = this.#nodes.get(node)?.pose;
    const zoom = fov === null ? {} : { fov: fov * DEGREE };
    if (!pose || (yaw === null && pitch === null)) return zoom;
    const inPano = { yaw: (yaw ?? 0) * DEGREE, pitch: (pitch ?? 0) * DEGREE };
    const inWorld = worldFromPano(normal(pose.rotation), inPano);
    return { heading: inWorld.yaw, pitch: inWorld.pitch, ...zoom };
  }

  /**
   * Shows a node in place of the one on show, which stays until the other's base is here.
   *
   * Resolves with whether it is on show; false when another was asked for meanwhile. Raises
   * Problem when its picture cannot be had.
   */
  async goTo(node: Node, gaze: Partial<Gaze> = {}, cut = false): Promise<boolean> {
    this.#arrival?.controller.abort();
    this.#arrival = null;
    if (this.#now?.node === node && this.#cache.has(`${node.id}:base`)) {
      this.events.onArriving(null);
      if (Object.keys(gaze).length > 0) this.gaze.fly(gaze);
      this.stage.invalidate();
      return true;
    }
    const arrival = { node, controller: new AbortController() };
    this.#arrival = arrival;
    this.events.onArriving(node);
    if (!this.#now) await this.#showPreview(arrival, gaze);
    try {
      await this.#loadBase(node, arrival.controller.signal);
    } catch (reason) {
      if (this.#arrival !== arrival) return false;
      this.#arrival = null;
      this.events.onArriving(null);
      throw reason;
    }
    if (this.#arrival !== arrival) return false;
    this.#arrival = null;
    if (this.#now?.node === node) this.#fill(this.#now);
    else this.#arrive(node, gaze, cut);
    this.events.onArriving(null);
    return true;
  }

  /** The zoom that suits the screen. */
  get usualFov(): number {
    return this.#usual;
  }

  /** Goes on by some seconds; true while there is more to come. */
  step(seconds: number, visible: boolean): boolean {
    if (this.#lost) return false;
    if (this.#before) this.#stepFade(seconds);
    if (visible) this.#lookAround();
    this.#upload();
    if (visible && this.complete && !this.gaze.moving) void this.#prefetch();
    return this.fading || this.#waiting.length > 0;
  }

  /** The model is on show: nothing more is needed here. */
  rest(): void {
    this.#arrival?.controller.abort();
    this.#arrival = null;
    this.#drop(new Set());
    this.#queue.want([]);
    this.#seen = "";
    this.events.onArriving(null);
  }

  /** The screen has another shape. */
  resize(): void {
    const { aspect } = this.stage;
    const usual = this.gaze.goal.fov === this.#usual;
    this.#usual = usualFov(aspect);
    this.gaze.limits = fovLimits(aspect);
    this.gaze.jump(usual ? { fov: this.#usual } : {});
  }

  /** The GPU forgot everything; a node that is on its way waits until it is back. */
  lose(): void {
    let end = (): void => undefined;
    this.#lost ??= { back: new Promise((resolve) => (end = resolve)), end: () => end() };
    this.#endFade();
    this.#drop(new Set());
    this.#cache.clear();
    this.#queue.forget();
  }

  /** Builds up again what was on show. Raises Problem. */
  async recover(): Promise<void> {
    this.#lost?.end();
    this.#lost = null;
    const now = this.#now;
    if (!now) return;
    this.#seen = "";
    await this.#preview(now);
    this.stage.invalidate();
    // Else its base is on its way already.
    if (this.#arrival?.node !== now.node) await this.#loadBase(now.node, new AbortController().signal);
    if (this.#now === now) this.#fill(now);
  }

  #standpointOf({ node, rotation }: Standing, gaze: Gaze): Standpoint {
    const { yaw, pitch } = panoFromWorld(rotation, { yaw: gaze.heading, pitch: gaze.pitch });
    return { node: node.id, yaw: yaw / DEGREE, pitch: pitch / DEGREE, fov: gaze.fov / DEGREE };
  }

  get #levelShown(): number {
    const names = this.#now?.sphere.keys ?? [];
    const levels = names.map((key) => {
      const name = key.slice(key.indexOf(":") + 1);
      if (name === "preview") return -2;
      return name === "base" ? -1 : Number.parseInt(name, 10);
    });
    return levels.length > 0 ? Math.max(...levels) : -2;
  }

  /** For as long as its base is on its way, unless another node was asked for meanwhile. */
  async #showPreview(arrival: Arrival, gaze: Partial<Gaze>): Promise<void> {
    const standing = this.#standingAt(arrival.node);
    this.gaze.jump(gaze);
    const seen = await this.#preview(standing);
    if (!seen || this.#arrival !== arrival || this.#now) return standing.sphere.dispose();
    this.#now = standing;
    this.#layOn(standing);
    this.events.onNode(arrival.node);
  }

  /** The tiny picture inside the manifest; false when there is none. */
  async #preview({ node, sphere }: Standing): Promise<boolean> {
    const { preview } = node.panorama;
    if (!preview) return false;
    try {
      // Not fetched: the page's policy lets pictures be data, connections not.
      const image = new Image();
      image.src = preview;
      await image.decode();
      const bitmap = await createImageBitmap(image);
      const texture = textureOf(bitmap, false, 1);
      const key = `${node.id}:preview`;
      this.#cache.set(key, texture, bitmap.width * bitmap.height * 4, this.#needed);
      sphere.add(key, texture, WHOLE(0));
      return true;
    } catch {
      return false;
    }
  }

  #standingAt(node: Node): Standing {
    const rotation = normal(node.pose.rotation);
    this.#layer += 1;
    return { node, rotation, sphere: new Sphere(rotation, this.#layer) };
  }

  #layOn({ sphere }: Standing): void {
    sphere.opacity = this.#opacity;
    this.stage.add(sphere.group);
    this.#seen = "";
  }

  /** The base of a node is here: it takes the place of the one on show. */
  #arrive(node: Node, gaze: Partial<Gaze>, cut: boolean): void {
    this.#endFade();
    const before = this.#now;
    const standing = this.#standingAt(node);
    this.#now = standing;
    if (before) this.gaze.fly(gaze);
    else this.gaze.jump(gaze);
    this.#fill(standing);
    this.#layOn(standing);
    if (before && !cut && !this.gaze.reduced && !this.device.saveData) {
      this.#before = before;
      this.#fade = 0;
      standing.sphere.opacity = 0;
    } else before?.sphere.dispose();
    this.events.onNode(node);
    this.stage.invalidate();
  }

  /** Puts everything of a node that is already loaded onto its sphere. */
  #fill({ node, sphere }: Standing): void {
    const key = `${node.id}:base`;
    const texture = this.#cache.get(key);
    if (texture) sphere.add(key, texture, WHOLE(1));
    this.#seen = "";
    this.stage.invalidate();
  }

  #stepFade(seconds: number): void {
    this.#fade = Math.min(this.#fade + seconds / FADE, 1);
    if (this.#now) this.#now.sphere.opacity = this.#opacity * eased(this.#fade);
    if (this.#fade === 1) this.#endFade();
  }

  #endFade(): void {
    this.#before?.sphere.dispose();
    this.#before = null;
    this.#fade = 1;
    if (this.#now) this.#now.sphere.opacity = this.#opacity;
  }

  /** Wants the tiles of what is seen, when that has changed. */
  #lookAround(): void {
    const now = this.#now;
    if (!now) return;
    const { gaze } = this;
    const lens = this.#lens;
    const seen = [...Object.values(gaze.now), ...Object.values(lens)].map((x) => x.toFixed(3)).join();
    if (seen === this.#seen) return;
    this.#seen = seen;
    const { panorama } = now.node;
    const density = densityFor(this.stage.pixelRatio, this.device.saveData ?? false);
    const view = { gaze: gaze.now, lens, rotation: now.rotation, density };
    const tiles = tilesFor(panorama, view, this.#cache.budget * TILE_SHARE);
    const keys = tiles.map((tile) => `${now.node.id}:${keyOf(tile)}`);
    const whole = [now, this.#before].flatMap((each) => (each ? [each.node.id] : []));
    this.#needed = new Set([...keys, ...whole.flatMap((id) => [`${id}:base`, `${id}:preview`])]);
    const absent: string[] = [];
    for (const key of this.#needed) this.#cache.touch(key);
    for (const [index, key] of keys.entries()) {
      const texture = this.#cache.get(key);
      if (!texture) absent.push(key);
      else if (!now.sphere.has(key)) now.sphere.add(key, texture, patchOf(now.node, tiles[index] as TileId));
    }
    this.#drop(new Set(absent));
    this.#queue.want(absent);
  }

  /** Pictures that wait for the GPU and are wanted no more. */
  #drop(wanted: ReadonlySet<string>): void {
    const kept = this.#waiting.filter(({ key }) => wanted.has(key));
    for (const { key, bitmap } of this.#waiting) if (!wanted.has(key)) bitmap.close();
    this.#waiting.splice(0, this.#waiting.length, ...kept);
    this.#pace();
  }

  #pace(): void {
    this.#queue.hold(this.#lost !== null || this.#waiting.length >= MOST_WAITING);
  }

  #wait(picture: Picture): void {
    this.#waiting.push(picture);
    this.#pace();
    this.stage.invalidate();
  }

  /** A few pictures a frame go to the GPU: more would make the frame late. */
  #upload(): void {
    const now = this.#now;
    // A base may have gone there since the last frame.
    const room = Math.max(UPLOADS_A_FRAME - this.#sent, 0);
    const pictures = now ? this.#waiting.splice(0, room) : [];
    this.#mostUploads = Math.max(this.#mostUploads, this.#sent + pictures.length);
    this.#sent = 0;
    if (!now || pictures.length === 0) return;
    for (const { key, bitmap } of pictures) {
      const tile = tileOf(key);
      const texture = textureOf(bitmap, true, this.stage.anisotropy);
      this.#keep(key, texture, bitmap, tileBytes(now.node.panorama.tile_size));
      now.sphere.add(key, texture, patchOf(now.node, tile));
    }
    this.#sent = 0;
    this.#pace();
  }

  #keep(key: string, texture: Texture, bitmap: ImageBitmap, bytes: number): void {
    this.#cache.set(key, texture, bytes, this.#needed);
    this.stage.upload(texture);
    this.#uploads += 1;
    this.#sent += 1;
    bitmap.close();
  }

  async #loadBase(node: Node, signal: AbortSignal): Promise<void> {
    const key = `${node.id}:base`;
    if (this.#cache.has(key)) return this.#cache.touch(key);
    const bitmap = await this.#fetchPicture(node.panorama.base, signal);
    // What is sent to a GPU that forgets it is gone: its bitmap is closed.
    while (this.#lost) await this.#lost.back;
    if (signal.aborted || this.#cache.has(key)) return bitmap.close();
    const texture = textureOf(bitmap, false, 1);
    this.#needed = new Set([...this.#needed, key]);
    this.#keep(key, texture, bitmap, bitmap.width * bitmap.height * 4);
  }

  async #loadTile(key: string, signal: AbortSignal): Promise<ImageBitmap> {
    const node = this.#nodes.get(key.slice(0, key.indexOf(":")));
    if (!node) throw new Problem("panorama-missing", key);
    const { formats, template, tiles_sha256 } = node.panorama;
    const format = formats[Math.min(this.#format, formats.length - 1)] ?? "webp";
    try {
      const uri = uriOf(template, tileOf(key), format);
      return await this.#fetchPicture(uri, signal, tiles_sha256 ?? undefined);
    } catch (reason) {
      const unread = reason instanceof Problem && reason.kind === "panorama-broken";
      const next = formats.indexOf(format) + 1;
      if (!unread || next >= formats.length) throw reason;
      this.#format = Math.max(this.#format, next);
      return this.#loadTile(key, signal);
    }
  }

  async #fetchPicture(uri: string, signal: AbortSignal, sha256?: string): Promise<ImageBitmap> {
    const url = this.files.url(uri, sha256);
    const bytes = await fetchBytes(url, 0, "panorama-missing", () => undefined, signal);
    try {
      const blob = new Blob([bytes], { type: typeOf(uri) });
      return await createImageBitmap(blob, { premultiplyAlpha: "none" });
    } catch (reason) {
      throw new Problem("panorama-broken", `${uri}: ${String(reason)}`);
    }
  }

  /** The bases of neighbours, into the browser's cache, while there is nothing else to do. */
  async #prefetch(): Promise<void> {
    const { saveData, network } = this.device;
    if (this.#prefetching || saveData || network === "2g" || network === "slow-2g") return;
    const links = this.current?.links ?? [];
    const next = links.map(({ to }) => this.#nodes.get(to)).find((node) => node && !this.#knows(node));
    if (!next) return;
    this.#prefetching = true;
    this.#fetched.add(next.id);
    try {
      const response = await fetch(this.files.url(next.panorama.base), { priority: "low" });
      await response.arrayBuffer();
    } catch {
      // It is only for speed.
    }
    this.#prefetching = false;
    this.stage.invalidate();
  }

  #knows(node: Node): boolean {
    return this.#fetched.has(node.id) || this.#cache.has(`${node.id}:base`);
  }
}

const typeOf = (uri: string): string =>
  `image/${uri.slice(uri.lastIndexOf(".") + 1).replace("jpg", "jpeg")}`;

const WHOLE = (rank: number) => ({ rank, col: 0, row: 0, cols: 1, rows: 1 });

function patchOf({ panorama }: Node, { level, col, row }: TileId) {
  const { cols, rows } = panorama.levels[level] ?? { cols: 1, rows: 1 };
  return { rank: 2 + level, col, row, cols, rows };
}

/** The tile in a key such as `gate:1/3_0`. */
function tileOf(key: string): TileId {
  const [level, col, row] = key.slice(key.indexOf(":") + 1).split(/[/_]/).map(Number);
  return { level: level ?? 0, col: col ?? 0, row: row ?? 0 };
}
