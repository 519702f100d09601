export { FilePick } from "../../ui/FilePick";
