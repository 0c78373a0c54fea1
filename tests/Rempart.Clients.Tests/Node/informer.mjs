// The informer of npm's @kubernetes/client-node against a server, as its users write it. Ends with 0 when everything was as kube-apiserver has it.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import readline from 'node:readline';

// Where `npm ci` put it: not beside this file.
const k8s = createRequire(`${process.env.REMPART_NODE_MODULES}/`)('@kubernetes/client-node');

const answers = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
async function please(word) {
  console.log(`please ${word}`);
  await answers.next();
}

async function until(what, holds) {
  for (let i = 0; i < 600; i++) {
    if (await holds()) return;
    await new Promise((again) => setTimeout(again, 100));
  }
  throw new Error(`${what}: not within a minute; seen: ${JSON.stringify(seen)}`);
}

const config = new k8s.KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(k8s.CoreV1Api);
const objects = k8s.KubernetesObjectApi.makeApiClient(config);
const namespace = 'node';
const map = (name, data) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels: { followed: 'yes' } }, data });

await core.createNamespace({ body: { metadata: { name: namespace } } });
await core.createNamespacedConfigMap({ namespace, body: map('first', { k: '1' }) });
await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'other' } } });

const seen = [];
const informer = k8s.makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`,
  () => core.listNamespacedConfigMap({ namespace, labelSelector: 'followed=yes' }), 'followed=yes');
for (const verb of ['add', 'update', 'delete']) informer.on(verb, (item) => seen.push(`${verb} ${item.metadata.name} ${item.data?.k}`));
let stopped = false;
const errors = [];
// As its documentation has it: an error ends the informer, and its owner starts it again.
informer.on('error', (error) => {
  errors.push(String(error));
  if (!stopped) setTimeout(() => informer.start().catch((failed) => informer.emit?.('error', failed)), 200);
});
await informer.start();

await until('what was there', () => seen.includes('add first 1'));
await core.createNamespacedConfigMap({ namespace, body: map('second', { k: '1' }) });
await until('an addition', () => seen.includes('add second 1'));
await objects.patch({ ...map('second', { k: '2' }) }, undefined, undefined, 'test', undefined, k8s.PatchStrategy.MergePatch);
await until('a change', () => seen.includes('update second 2'));
await core.deleteNamespacedConfigMap({ name: 'first', namespace });
await until('a deletion', () => seen.includes('delete first 1'));
assert.deepEqual(seen, ['add first 1', 'add second 1', 'update second 2', 'delete first 1']);
assert.deepEqual(informer.list(namespace).map((item) => item.metadata.name), ['second']);

// A connection that is cut is taken up where it was.
seen.length = 0;
await please('cut');
await core.createNamespacedConfigMap({ namespace, body: map('third', { k: '1' }) });
await until('an addition behind a cut', () => seen.includes('add third 1'));

// What happened while the server was away is there afterwards, once.
seen.length = 0;
await please('restart');
await until('the server', () => core.readNamespace({ name: namespace }).then(() => true, () => false));
await core.createNamespacedConfigMap({ namespace, body: map('fourth', { k: '1' }) });
await core.deleteNamespacedConfigMap({ name: 'third', namespace });
await until('an addition behind a restart', () => seen.includes('add fourth 1'));
await until('a deletion behind a restart', () => seen.some((line) => line.startsWith('delete third')));
assert.equal(seen.filter((line) => line === 'add fourth 1').length, 1, JSON.stringify(seen));
await until('the whole', () => informer.list(namespace).map((item) => item.metadata.name).sort().join() === 'fourth,second');

// Objects of any kind, by discovery; server-side apply; a watch of a kind of ours.
const made = await objects.create({ apiVersion: 'compute.rempart.dev/v1', kind: 'MachineClass', metadata: { name: 'node-small' }, spec: { cpus: 1, memory: '256Mi' } });
assert.equal(made.spec.cpus, 1);
const applied = await objects.patch(map('applied', { k: '1' }), undefined, undefined, 'node', true, k8s.PatchStrategy.ServerSideApply);
assert.equal(applied.metadata.managedFields[0].manager, 'node');
const listed = await objects.list('v1', 'ConfigMap', namespace, undefined, undefined, undefined, undefined, 'followed=yes', 2);
assert.equal(listed.items.length, 2);
assert.ok(listed.metadata._continue, JSON.stringify(listed.metadata));
await objects.delete(made);
const refused = await core.readNamespacedConfigMap({ name: 'none', namespace }).then(() => null, (error) => error);
assert.equal(refused.code, 404);
assert.equal(JSON.parse(refused.body).reason, 'NotFound');

stopped = true;
await informer.stop();
console.log(`all as it should be; the informer told of: ${errors.join(' | ') || 'nothing'}`);
process.exit(0);
