// Leaving may have been quicker than forgetting.
import { empty } from "./empty.js";

empty();
