// Calls weights.core.mjs for tests/test_weights.py.

import { serve } from "./probes.mjs";
import { unpack } from "../dlnotes/widgets/js/weights.core.mjs";

serve({
  unpack: (bytes) => {
    const room = Uint8Array.from([7, ...bytes]);             // a view need not begin where its buffer does
    return Object.values(unpack(new DataView(room.buffer, 1)) ?? {}).map(({ data }) => data);
  },
});
