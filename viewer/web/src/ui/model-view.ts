/** The camera at the model: where it is, what moves it, how long a metre is there. */

import { type Eye, eyeOfOrbit } from "../core/eye";
import { boxSaid, pointBoundsOf, type Tour } from "../core/manifest";
import type { Mover } from "../core/mover";
import type { Navigation } from "../core/navigation";
import type { Screen } from "../core/start";
import type { Stage } from "../three/stage";
import type { Scale } from "./edges";
import type { Models } from "./loading";

const DEGREE = Math.PI / 180;

export class ModelView {
  readonly navigation: Navigation;
  readonly mover: Mover;
  readonly #fov: number;

  /** corners: nine numbers a triangle of the coarsest derivative, in the world. */
  constructor(
    private readonly tour: Tour,
    private readonly stage: Stage,
    models: Models,
    reduced: boolean,
    corners: Float32Array,
    first: number,
  ) {
    // A start in a node tells nothing of the model.
    const viewpoint = tour.start && !tour.start.node ? tour.start : null;
    this.#fov = (viewpoint?.fov_deg ?? 50) * DEGREE;
    const places = (tour.hotspots ?? []).map(({ position }) => position);
    const navigation = new models.Navigation(
      first,
      corners,
      tour.models?.length ? tour.models.map(boxSaid) : [pointBoundsOf(tour)],
      viewpoint,
      places,
      reduced,
      this.screen,
    );
    this.navigation = navigation;
    this.mover = new models.OrbitMover(() => navigation.motion, {
      fov: this.#fov,
      get size() {
        return stage.size;
      },
      ray: (x, y) => stage.ray(x, y),
    });
  }

  get eye(): Eye {
    return eyeOfOrbit(this.navigation.motion.now, this.#fov);
  }

  /** Back to the first view. */
  reset(): void {
    this.navigation.reset(this.screen);
  }

  get screen(): Screen {
    const { aspect, free } = this.stage;
    return { fov: this.#fov, aspect, free };
  }

  /** Draws how long a metre is, where that is known. */
  measure(scale: Scale): void {
    if (this.tour.world.scale !== "metric") return;
    const reach = this.navigation.motion.now.distance;
    scale.update((2 * Math.tan(this.#fov / 2) * reach) / this.stage.size.height);
  }
}
