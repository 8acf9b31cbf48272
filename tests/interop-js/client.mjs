// Drives MQTT.js for the interoperability tests: one command per line of standard input, as JSON, and one answer or
// received message per line of standard output.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import mqtt from 'mqtt';

const write = (line) => process.stdout.write(JSON.stringify(line) + '\n');
const toProperties = ({ contentType, responseTopic, correlationData, userProperties }) => ({
  contentType,
  responseTopic,
  correlationData: Buffer.from(correlationData, 'hex'),
  userProperties,
});
const fromProperties = (properties) => properties?.contentType && {
  contentType: properties.contentType,
  responseTopic: properties.responseTopic,
  correlationData: properties.correlationData.toString('hex'),
  userProperties: { ...properties.userProperties },
};

let client;

const commands = {
  connect({ url, version, clientId, cleanStart, sessionExpirySeconds, will, authority, userName, password }) {
    return new Promise((resolve, reject) => {
      client = mqtt.connect(url, {
        protocolVersion: version,
        protocolId: version === 3 ? 'MQIsdp' : 'MQTT',
        clientId,
        clean: cleanStart,
        properties: version === 5 ? { sessionExpiryInterval: sessionExpirySeconds } : undefined,
        will: will && { topic: will.topic, payload: Buffer.from(will.payload, 'hex'), qos: will.qos, retain: will.retain },
        username: userName ?? undefined,
        password: password ?? undefined,
        ca: authority ? readFileSync(authority) : undefined,
        reconnectPeriod: 0,
      });
      client.on('message', (topic, payload, packet) => write({
        message: {
          topic,
          payload: payload.toString('hex'),
          qos: packet.qos,
          retain: packet.retain,
          properties: fromProperties(packet.properties),
        },
      }));
      client.once('connect', ({ sessionPresent }) => resolve({ sessionPresent }));
      client.on('error', reject);
      client.once('close', () => reject(new Error('the connection was closed')));
    });
  },
  async subscribe({ filter, qos }) {
    const [granted] = await client.subscribeAsync(filter, { qos });
    return { granted: granted.qos };
  },
  async publish({ topic, payload, qos, retain, properties }) {
    await client.publishAsync(topic, Buffer.from(payload, 'hex'), { qos, retain, properties: properties ? toProperties(properties) : undefined });
    return {};
  },
  async disconnect() {
    await client.endAsync();
    return {};
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  // Not awaited: a command that never ends must not keep the next from being read.
  commands[command.do](command).then(
    (answer) => write({ id: command.id, ...answer }),
    (error) => write({ id: command.id, error: String(error) }),
  );
}
process.exit();
