/** What lies open over the scene, a panel or the text: Escape and the browser's Back close it. */

import type { Address } from "./address";
import type { Panel } from "./panel";
import type { SceneView } from "./scene";
import type { TextMode } from "./text-mode";

export class Layers {
  #inHistory = true;

  constructor(
    private readonly address: Address,
    private readonly panel: Panel,
    private readonly text: TextMode,
    private readonly scene: SceneView,
  ) {}

  get isOpen(): boolean {
    return this.panel.content !== null || this.text.isOn;
  }

  /** After something was opened, changed or closed. */
  changed(): void {
    if (this.#inHistory) this.address.setOpen(this.isOpen);
  }

  /** Opens what the first address names without an entry of its own: Back then leaves the page. */
  withoutEntry(open: () => void): void {
    this.#inHistory = false;
    open();
    this.#inHistory = true;
  }

  readText(): void {
    const { activeElement } = document;
    const focused = activeElement instanceof HTMLElement ? activeElement : null;
    // Before the panel closes: the text takes its place, also in the history.
    this.text.enter(this.panel.opener ?? focused);
    this.panel.close();
    this.changed();
  }

  leaveText(): void {
    this.text.leave(this.scene.canvas);
    this.changed();
    this.scene.invalidate();
  }

  closeTop(): void {
    if (this.text.isOn) this.leaveText();
    else this.panel.close();
  }
}
