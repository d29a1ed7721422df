// Calls self_test.core.mjs for tests/test_self_test.py.

import { judge } from "../dlnotes/widgets/js/self_test.core.mjs";
import { serve } from "./probes.mjs";

serve({ judge: (task, given) => { const { right, words } = judge(task, given); return [String(right), words]; } });
