"""Drives paho for the interoperability tests: one command per line of standard input, as JSON, and one answer or received
message per line of standard output."""

import json
import queue
import sys
import threading
from urllib.parse import urlsplit

from paho.mqtt import client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

DEADLINE = 20
write_lock = threading.Lock()


def write(line):
    with write_lock:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def require(code):
    if code != paho.MQTT_ERR_SUCCESS:
        raise RuntimeError(paho.error_string(code))


class Driver:
    def __init__(self):
        self.client = None
        self.version = None
        self.connected = queue.Queue()
        self.subscribed = queue.Queue()

    def connect(self, url, version, clientId, cleanStart, sessionExpirySeconds, authority, will=None, userName=None, password=None, **_):
        address = urlsplit(url)
        self.version = version
        # Of this client alone: what an earlier one still hears must not answer for it.
        self.connected = connected = queue.Queue()
        self.subscribed = subscribed = queue.Queue()
        over_websocket = address.scheme in ("ws", "wss")
        v5 = version == paho.MQTTv5
        self.client = paho.Client(
            client_id=clientId,
            clean_session=None if v5 else cleanStart,
            protocol=version,
            transport="websockets" if over_websocket else "tcp",
        )
        if over_websocket:
            self.client.ws_set_options(path=address.path)
        if address.scheme in ("mqtts", "wss"):
            self.client.tls_set(ca_certs=authority)
        if userName is not None:
            self.client.username_pw_set(userName, password)
        if will:
            self.client.will_set(will["topic"], bytes.fromhex(will["payload"]), will["qos"], will["retain"])
        self.client.on_connect = lambda _client, _data, flags, reason, _properties=None: connected.put(
            (flags["session present"], reason if isinstance(reason, int) else reason.value))
        self.client.on_subscribe = lambda _client, _data, _id, granted, _properties=None: subscribed.put(granted)
        self.client.on_message = lambda _client, _data, message: write({"message": self.describe(message)})
        if v5:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = sessionExpirySeconds
            self.client.connect(address.hostname, address.port, clean_start=cleanStart, properties=properties)
        else:
            self.client.connect(address.hostname, address.port)
        self.client.loop_start()
        session_present, reason = self.connected.get(timeout=DEADLINE)
        if reason != 0:
            # It would try again for ever.
            self.client.disconnect()
            self.client.loop_stop()
            raise RuntimeError(f"refused with {reason}")
        return {"sessionPresent": bool(session_present)}

    def subscribe(self, filter, qos, **_):
        result, _id = self.client.subscribe(filter, qos)
        require(result)
        granted = self.subscribed.get(timeout=DEADLINE)[0]
        return {"granted": granted if isinstance(granted, int) else granted.value}

    def publish(self, topic, payload, qos, retain, properties=None, **_):
        sent = Properties(PacketTypes.PUBLISH) if properties else None
        if properties:
            sent.ContentType = properties["contentType"]
            sent.ResponseTopic = properties["responseTopic"]
            sent.CorrelationData = bytes.fromhex(properties["correlationData"])
            sent.UserProperty = list(properties["userProperties"].items())
        info = self.client.publish(topic, bytes.fromhex(payload), qos, retain, properties=sent)
        info.wait_for_publish(DEADLINE)
        if not info.is_published():
            raise RuntimeError("not acknowledged in time")
        return {}

    def disconnect(self, **_):
        require(self.client.disconnect())
        self.client.loop_stop()
        return {}

    def describe(self, message):
        described = {
            "topic": message.topic,
            "payload": message.payload.hex(),
            "qos": message.qos,
            "retain": bool(message.retain),
        }
        if self.version == paho.MQTTv5 and hasattr(message.properties, "ContentType"):
            described["properties"] = {
                "contentType": message.properties.ContentType,
                "responseTopic": message.properties.ResponseTopic,
                "correlationData": message.properties.CorrelationData.hex(),
                "userProperties": dict(message.properties.UserProperty),
            }
        return described


driver = Driver()
for line in sys.stdin:
    command = json.loads(line)
    try:
        answer = getattr(driver, command["do"])(**{k: v for k, v in command.items() if k not in ("id", "do")})
        write({"id": command["id"], **answer})
    except Exception as error:  # whatever it is, the test is to show it
        write({"id": command["id"], "error": repr(error)})
