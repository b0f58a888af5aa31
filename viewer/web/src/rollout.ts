import "./style/rollout.css";
import { enhanceTable } from "./ui/rollout-table";

enhanceTable(document);
