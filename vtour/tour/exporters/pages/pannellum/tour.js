'use strict';

fetch('tour.json')
  .then(function (answer) {
    if (!answer.ok) throw new Error('tour.json: ' + answer.status);
    return answer.json();
  })
  .then(function (config) {
    window.tourViewer = pannellum.viewer('panorama', config);
  })
  .catch(function (error) {
    document.getElementById('panorama').textContent = String(error);
  });
