'use strict';

(function () {
  var data = window.APP_DATA;
  var byId = document.getElementById.bind(document);
  var viewer = new Marzipano.Viewer(byId('pano'), {
    controls: { mouseViewMode: data.settings.mouseViewMode },
  });
  var scenes = data.scenes.map(makeScene);
  var current = null;

  byId('credit').textContent = data.credit || '';
  byId('list-toggle').addEventListener('click', function () {
    showList(byId('scene-list').hidden);
  });
  byId('info-close').addEventListener('click', function () {
    byId('info').hidden = true;
  });
  scenes.forEach(function (scene) {
    var item = document.createElement('li');
    item.appendChild(makeButton('', scene.data.name, function () {
      showList(false);
      goTo(scene.data.id);
    }));
    byId('scene-list').appendChild(item);
    scene.item = item.firstChild;
  });
  window.tourViewer = { viewer: viewer, goTo: goTo, current: function () { return current; } };
  goTo(scenes[0].data.id);

  function makeScene(sceneData) {
    var folder = 'tiles/' + sceneData.id;
    var source = Marzipano.ImageUrlSource.fromString(folder + '/{z}/{f}/{y}/{x}.jpg', {
      cubeMapPreviewUrl: folder + '/preview.jpg',
    });
    var limit = Marzipano.RectilinearView.limit.traditional(
      sceneData.faceSize, 100 * Math.PI / 180, 120 * Math.PI / 180);
    var view = new Marzipano.RectilinearView(sceneData.initialViewParameters, limit);
    var scene = viewer.createScene({
      source: source,
      geometry: new Marzipano.CubeGeometry(sceneData.levels),
      view: view,
      pinFirstLevel: true,
    });
    sceneData.linkHotspots.forEach(function (link) {
      place(scene, link, makeButton('link', nameOf(link.target), function () {
        goTo(link.target);
      }));
    });
    sceneData.infoHotspots.forEach(function (spot) {
      place(scene, spot, makeButton('info', spot.title, function () {
        showInfo(spot);
      }));
    });
    return { data: sceneData, scene: scene, view: view };
  }

  // Texts are set as text, never as HTML.
  function makeButton(kind, label, onClick) {
    var button = document.createElement('button');
    button.type = 'button';
    button.textContent = label;
    if (kind) {
      button.className = 'hotspot ' + kind;
      ['touchstart', 'touchmove', 'touchend', 'touchcancel', 'wheel'].forEach(function (name) {
        button.addEventListener(name, function (event) {
          event.stopPropagation();
        }, { passive: true });
      });
    }
    button.addEventListener('click', onClick);
    return button;
  }

  // A box without size at the place itself: the button is centred on it by style.css.
  function place(scene, spot, button) {
    var box = document.createElement('div');
    box.className = 'place';
    box.appendChild(button);
    scene.hotspotContainer().createHotspot(box, { yaw: spot.yaw, pitch: spot.pitch });
  }

  // From scene to scene the heading is kept: yaw counts from the middle of each picture.
  function goTo(id) {
    var next = scenes.find(function (scene) { return scene.data.id === id; });
    if (!next || next === current) return;
    if (current) {
      var view = current.view.parameters();
      next.view.setParameters({
        yaw: view.yaw + (current.data.heading || 0) - (next.data.heading || 0),
        pitch: view.pitch,
        fov: view.fov,
      });
      current.item.removeAttribute('aria-current');
    }
    current = next;
    next.scene.switchTo({ transitionDuration: calm() ? 0 : 600 });
    next.item.setAttribute('aria-current', 'true');
    byId('scene-name').textContent = next.data.name;
    byId('info').hidden = true;
  }

  function showInfo(spot) {
    byId('info-title').textContent = spot.title;
    byId('info-text').textContent = spot.text;
    byId('info').hidden = false;
  }

  function showList(visible) {
    byId('scene-list').hidden = !visible;
    byId('list-toggle').setAttribute('aria-expanded', String(visible));
  }

  function nameOf(id) {
    var found = data.scenes.find(function (scene) { return scene.id === id; });
    return found ? found.name : id;
  }

  function calm() {
    return window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  }
})();
