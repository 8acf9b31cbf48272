// Reads PromQL expressions, a line each, and says which of them are not well-formed.
import { createInterface } from 'node:readline';
import { parser } from '@prometheus-io/lezer-promql';

let failed = false;
for await (const line of createInterface({ input: process.stdin })) {
  parser.parse(line).iterate({
    enter(node) {
      if (node.type.isError) {
        console.error(`${line}: not PromQL from character ${node.from + 1} on`);
        failed = true;
        return false;
      }
    },
  });
}
process.exitCode = failed ? 1 : 0;
