import "./style/tour.css";
import "./style/nodes.css";
import { Viewer } from "./ui/viewer";

const root = document.getElementById("tour");
if (root) {
  const viewer = new Viewer(root);
  viewer.mount();
  window.vtour = viewer.hook;
  void viewer.start();
}
