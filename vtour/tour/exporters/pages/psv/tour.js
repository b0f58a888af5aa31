import { Viewer } from '@photo-sphere-viewer/core';
import { EquirectangularTilesAdapter } from '@photo-sphere-viewer/equirectangular-tiles-adapter';
import { MarkersPlugin } from '@photo-sphere-viewer/markers-plugin';
import { VirtualTourPlugin } from '@photo-sphere-viewer/virtual-tour-plugin';

const tour = await (await fetch('tour.json')).json();
const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;

const viewer = new Viewer({
  container: 'viewer',
  adapter: EquirectangularTilesAdapter,
  caption: text(tour.caption),
  defaultYaw: tour.start.yaw,
  defaultPitch: tour.start.pitch,
  navbar: ['zoom', 'move', 'caption', 'fullscreen'],
  keyboard: 'always',
  plugins: [
    MarkersPlugin,
    VirtualTourPlugin.withConfig({
      positionMode: 'manual',
      renderMode: '3d',
      startNodeId: tour.startNodeId,
      nodes: tour.nodes.map(makeNode),
      // Yaw counts from north in every node: not to turn towards the link is to keep the heading.
      transitionOptions: () => ({
        effect: calm ? 'none' : 'fade',
        rotation: false,
        rotateTo: null,
      }),
    }),
  ],
});
window.tourViewer = viewer;

function makeNode(node) {
  const { levels, template, baseUrl } = node.panorama;
  const tiled = {
    levels,
    baseUrl,
    tileUrl: (col, row, level) =>
      template.replace('{level}', level).replace('{col}', col).replace('{row}', row),
  };
  return {
    ...node,
    name: text(node.name),
    panorama: tiled,
    markers: node.markers.map((spot) => ({
      id: spot.id,
      position: spot.position,
      anchor: 'center center',
      element: makeSpot(spot),
      tooltip: text(spot.title),
      content: spot.text ? `<h2>${text(spot.title)}</h2><p>${text(spot.text)}</p>` : null,
    })),
  };
}

function makeSpot(spot) {
  const element = document.createElement('div');
  element.className = 'spot';
  element.textContent = 'i';
  element.dataset.spot = spot.id;
  return element;
}

// Photo Sphere Viewer takes names, tooltips and contents as HTML: texts are escaped first.
function text(value) {
  const element = document.createElement('span');
  element.textContent = value ?? '';
  return element.innerHTML;
}
