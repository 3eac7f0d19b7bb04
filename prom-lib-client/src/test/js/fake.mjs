/**
 * A gateway without a network: takes every token, appends each publish, answers all else with OK, unless `script` says
 * otherwise: it is given a frame and its socket, and tells whether it dealt with it.
 */
export class FakeGateway {
  sockets = [];
  frames = [];
  script = () => false;
  #seq = 0;

  get Socket() {
    const gateway = this;
    return class {
      readyState = 0;
      constructor(url) {
        this.url = url;
        gateway.sockets.push(this);
        queueMicrotask(() => {
          if (this.readyState === 0) {
            this.readyState = 1;
            this.onopen?.();
          }
        });
      }

      send(text) {
        const frame = JSON.parse(text);
        gateway.frames.push(frame);
        queueMicrotask(() => {
          if (this.readyState === 1 && !gateway.script(frame, this)) {
            gateway.answer(frame, this);
          }
        });
      }

      close() {
        this.readyState = 3;
      }
    };
  }

  get socket() {
    return this.sockets.at(-1);
  }

  answer(frame, socket, more) {
    const ok = { op: 'OK', corr: frame.corr };
    if (frame.op === 'PUBLISH') {
      Object.assign(ok, { id: frame.opts.id, seq: ++this.#seq, duplicate: false });
    } else if (['ACK', 'NACK', 'TERM', 'MODACK'].includes(frame.op)) {
      Object.assign(ok, frame.ids ? { results: frame.ids.map(() => 'ok') } : { result: 'ok' });
    }
    this.tell({ ...ok, ...more }, socket);
  }

  refuse(frame, socket, code, more = {}) {
    this.tell({ op: 'ERR', corr: frame.corr, code, msg: 'as scripted', temporary: false, ...more }, socket);
  }

  tell(frame, socket = this.socket) {
    socket.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
  }

  /** Ends the connection as a network or the gateway would. */
  drop(code = 1006, reason = '') {
    this.socket.readyState = 3;
    this.socket.onclose?.({ code, reason });
  }

  deliver(seq, { topic = 't', group = 'g', lease = `L${seq}`, ms = 30_000, payload = seq, attempt = 1 } = {}) {
    const event = { id: `e${seq}`, seq, ts: 1, topic, payload };
    this.tell({ op: 'EVENT', topic, group, event, ctx: { attempt, ack_deadline_ms: ms, lease } });
  }

  tailed(seq, ctx = {}, more = {}) {
    this.tell({ op: 'EVENT', topic: 't', event: { id: `e${seq}`, seq, ts: 1, topic: 't', payload: seq, ...more }, ctx });
  }

  acked() {
    return this.of('ACK').flatMap(({ id, ids }) => ids ?? [id]);
  }

  of(op) {
    return this.frames.filter((frame) => frame.op === op);
  }
}
