/** Looking around by turning the phone: the button, the permission, the events of the sensor. */

import { GyroscopeLook } from "../core/gyroscope";
import type { Look } from "../core/links";
import type { StringKey } from "../core/strings";
import { el, icon } from "./dom";
import type { Texts } from "./texts";

/** "absent": there is no sensor, as far as one can know. */
export type GyroscopeState = "absent" | "off" | "asking" | "on" | "denied";

export interface GyroscopeView {
  /** Where the visitor looks now. */
  look(): Look;
  /** Looks there at once: the smoothing is done. Called with each event of the sensor. */
  lookTo(look: Look): void;
  /** One message for the visitor. */
  tell(key: StringKey): void;
}

/** A sensor that told nothing for this long is none, in milliseconds. */
const ANSWERS_WITHIN = 2000;

/** Safari asks the visitor, and only after a tap. */
interface AskingEvent {
  requestPermission?(): Promise<"granted" | "denied">;
}

export class Gyroscope {
  readonly button: HTMLButtonElement;
  #state: GyroscopeState;
  readonly #look = new GyroscopeLook();
  #timer = 0;

  constructor(
    texts: Texts,
    private readonly view: GyroscopeView,
    /** A phone or tablet: others have the events but no sensor. */
    handheld = matchMedia("(pointer: coarse)").matches,
  ) {
    this.button = el("button", { type: "button", class: "vt-button", "data-action": "gyroscope" }, icon("gyroscope"));
    texts.name(this.button, "gyroscope");
    this.button.addEventListener("click", () => void this.#toggle());
    const able = handheld && window.isSecureContext && "DeviceOrientationEvent" in window;
    this.#state = able ? "off" : "absent";
    this.#show();
  }

  get state(): GyroscopeState {
    return this.#state;
  }

  get isOn(): boolean {
    return this.#state === "on";
  }

  /** A drag or a key turns the view against the phone; radians. */
  shift(heading: number, pitch: number): void {
    this.#look.shift(heading, pitch);
  }

  /** The view was turned by something else, as by a new node: it goes on from there. */
  restart(): void {
    if (this.isOn) this.#look.start(this.view.look());
  }

  /** Switches off, as when the model is shown. */
  stop(): void {
    if (this.isOn || this.#state === "asking") this.#leave("off");
  }

  async #toggle(): Promise<void> {
    if (this.isOn) return this.#leave("off");
    if (this.#state === "asking") return;
    this.#set("asking");
    const granted = await isGranted();
    // It may have been stopped while the visitor was asked.
    if (this.state !== "asking") return;
    if (granted) return this.#enter();
    this.#set("denied");
    this.view.tell("gyroscopeDenied");
  }

  #enter(): void {
    this.#look.start(this.view.look());
    window.addEventListener("deviceorientation", this.#feel);
    this.#timer = window.setTimeout(() => {
      this.#leave("absent");
      this.view.tell("gyroscopeAbsent");
    }, ANSWERS_WITHIN);
    this.#set("on");
  }

  #leave(state: GyroscopeState): void {
    clearTimeout(this.#timer);
    this.#timer = 0;
    window.removeEventListener("deviceorientation", this.#feel);
    this.#set(state);
  }

  readonly #feel = ({ alpha, beta, gamma }: DeviceOrientationEvent): void => {
    // Desktop browsers send one event with nothing in it.
    if (alpha === null || beta === null || gamma === null) return;
    if (this.#timer !== 0) {
      clearTimeout(this.#timer);
      this.#timer = 0;
      this.view.tell("gyroscopeOn");
    }
    const screenDeg = window.screen.orientation?.angle ?? 0;
    this.view.lookTo(this.#look.feel(alpha, beta, gamma, screenDeg, performance.now() / 1000));
  };

  #set(state: GyroscopeState): void {
    this.#state = state;
    this.#show();
  }

  #show(): void {
    const hadFocus = document.activeElement === this.button;
    this.button.hidden = this.#state === "absent";
    this.button.setAttribute("aria-pressed", String(this.isOn));
    // A button that goes takes the focus with it.
    if (hadFocus && this.button.hidden) document.querySelector<HTMLElement>(".vt-canvas")?.focus();
  }
}

async function isGranted(): Promise<boolean> {
  const { requestPermission } = DeviceOrientationEvent as unknown as AskingEvent;
  if (!requestPermission) return true;
  try {
    return (await requestPermission.call(DeviceOrientationEvent)) === "granted";
  } catch {
    // Refused without a question, as inside a frame of another site.
    return false;
  }
}
