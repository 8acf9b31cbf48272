// An MQTT client in the page, for people to try things. Messages stay here; the page is told their beginnings, a few at a
// time, and fetches what somebody wants to see.
import mqtt from '../lib/mqtt/mqtt.esm.js';

const KEPT = 500; // messages
const KEPT_BYTES = 32 * 1024 * 1024; // of their payloads
const PREVIEW = 240; // bytes of a payload
const BATCH = 12; // messages that the page is told at once: one call to it has little room
const PAUSE = 250; // ms from one batch to the next

export const create = page => new Client(page);

class Client {
  #page;
  #client;
  #messages = new Map();
  #bytes = 0;
  #pending = [];
  #skipped = 0;
  #number = 0;
  #timer;
  #isTelling = false;

  constructor(page) {
    this.#page = page;
  }

  /** Connects to the broker that this page came from. */
  connect(options) {
    this.end();
    const address = new URL('mqtt', document.baseURI);
    address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const client = mqtt.connect(address.href, {
      ...options,
      reconnectPeriod: 0,
      connectTimeout: 10_000,
      resubscribe: false,
      timerVariant: 'native', // a worker made of text is against the page's policy
    });
    this.#client = client;
    const isCurrent = () => this.#client === client;
    let refusal = null;
    client.on('connect', packet => {
      if (isCurrent()) {
        this.#tell('OnConnected', packet.sessionPresent, plain(packet.properties));
      }
    });
    client.on('error', error => {
      refusal = { reason: error.code ?? null, text: String(error.message ?? error) };
    });
    client.on('disconnect', packet => {
      refusal = { reason: packet.reasonCode ?? 0, text: packet.properties?.reasonString ?? null };
    });
    client.on('close', () => {
      if (isCurrent()) {
        this.#client = undefined;
        client.end(true);
        this.#tell('OnClosed', refusal?.reason ?? null, refusal?.text ?? null);
      }
    });
    client.on('message', (topic, payload, packet) => {
      if (isCurrent()) {
        this.#take(topic, payload, packet);
      }
    });
  }

  /** Ends the connection as MQTT wants it. */
  end() {
    const client = this.#client;
    this.#client = undefined;
    client?.end();
  }

  /** Subscribes; the granted QoS, or why not. */
  subscribe(filter, options) {
    return this.#ask((client, done) => client.subscribe(filter, options, (error, granted) => {
      const reason = granted?.[0]?.qos ?? null;
      done(error, reason);
    }));
  }

  /** Unsubscribes. */
  unsubscribe(filter) {
    return this.#ask((client, done) => client.unsubscribe(filter, error => done(error, null)));
  }

  /** Publishes; the reason code that came back, for QoS 1 and 2. */
  publish(topic, payload, options) {
    return this.#ask((client, done) => client.publish(topic, payload, options, (error, packet) => done(error, packet?.reasonCode ?? null)));
  }

  /** A message's payload; the page reads what these two answer as a stream. */
  payload(number) {
    return this.#messages.get(number)?.payload ?? new Uint8Array();
  }

  /** What else is known of a message, as JSON. */
  details(number) {
    const message = this.#messages.get(number);
    return new TextEncoder().encode(JSON.stringify(message === undefined ? null : { topic: message.topic, properties: plain(message.properties) }));
  }

  /** Forgets the messages. */
  clear() {
    this.#messages.clear();
    this.#pending = [];
    this.#bytes = 0;
    this.#skipped = 0;
  }

  dispose() {
    this.end();
    clearTimeout(this.#timer);
    this.#page = undefined;
  }

  #ask(act) {
    const client = this.#client;
    return new Promise(resolve => {
      if (client?.connected !== true) {
        resolve({ error: 'not connected', reason: null });
        return;
      }
      const onClose = () => resolve({ error: 'the connection was closed', reason: null });
      client.once('close', onClose);
      try {
        act(client, (error, reason) => {
          client.removeListener('close', onClose);
          resolve({ error: error ? String(error.message ?? error) : null, reason: error?.code ?? reason });
        });
      } catch (error) {
        client.removeListener('close', onClose);
        resolve({ error: String(error.message ?? error), reason: null });
      }
    });
  }

  #take(topic, buffer, packet) {
    const payload = Uint8Array.from(buffer); // a Buffer would be told as JSON of its own
    const number = ++this.#number;
    this.#messages.set(number, { topic, payload, properties: packet.properties });
    this.#bytes += payload.length;
    for (const [oldest, message] of this.#messages) {
      if (this.#messages.size <= KEPT && this.#bytes <= KEPT_BYTES) {
        break;
      }
      this.#messages.delete(oldest);
      this.#bytes -= message.payload.length;
    }
    this.#pending.push({
      number,
      at: Date.now(),
      topic: topic.length > 300 ? `${topic.slice(0, 300)}…` : topic,
      preview: payload.slice(0, PREVIEW),
      size: payload.length,
      qos: packet.qos,
      retain: packet.retain,
      duplicate: packet.dup,
    });
    if (this.#pending.length > KEPT) {
      this.#pending.shift();
      this.#skipped++;
    }
    this.#timer ??= setTimeout(() => this.#flush(), PAUSE);
  }

  async #flush() {
    this.#timer = undefined;
    if (this.#isTelling || this.#pending.length === 0) {
      return;
    }
    this.#isTelling = true;
    try {
      while (this.#pending.length > 0) {
        const batch = this.#pending.splice(0, BATCH);
        const skipped = this.#skipped;
        this.#skipped = 0;
        await this.#page?.invokeMethodAsync('OnMessages', batch, skipped);
      }
    } catch (error) {
      if (this.#page !== undefined) {
        console.error(error);
      }
    } finally {
      this.#isTelling = false;
    }
  }

  #tell(method, ...values) {
    this.#page?.invokeMethodAsync(method, ...values).catch(() => {});
  }
}

/** Properties as JSON can say them: bytes in hexadecimal. */
function plain(properties) {
  const said = {};
  for (const [name, value] of Object.entries(properties ?? {})) {
    said[name] = value instanceof Uint8Array ? Array.from(value, byte => byte.toString(16).padStart(2, '0')).join('')
      : Array.isArray(value) ? value.join(', ')
      : typeof value === 'object' && value !== null ? Object.entries(value).map(([key, text]) => `${key}: ${text}`).join('\n')
      : String(value);
  }
  return said;
}
