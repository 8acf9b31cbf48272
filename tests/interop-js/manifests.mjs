// Judges Kubernetes objects, a list of them on standard input as JSON, by Kubernetes' own schemas. Says what is wrong, a line for each.
import { readFileSync } from 'node:fs';
import * as core from 'kubernetes-models/v1';
import * as apps from 'kubernetes-models/apps/v1';
import * as policy from 'kubernetes-models/policy/v1';

const groups = { v1: core, 'apps/v1': apps, 'policy/v1': policy };
for (const manifest of JSON.parse(readFileSync(0, 'utf8'))) {
  const Model = groups[manifest.apiVersion]?.[manifest.kind];
  try {
    if (!Model) {
      throw new Error(`there is no such kind in ${manifest.apiVersion}`);
    }

    new Model(manifest).validate();
  } catch (error) {
    console.log(`${manifest.kind} ${manifest.metadata?.name}: ${error.message}`);
    process.exitCode = 1;
  }
}
