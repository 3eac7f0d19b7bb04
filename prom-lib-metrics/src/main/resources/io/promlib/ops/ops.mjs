// The ops page: asks the server for what is on screen every two seconds, and changes of the page
// only what changed, so that focus, selection and scroll stay. What comes from outside is text.

const EVERY_MS = 2000;
const PATIENCE_MS = 8000;
const ROWS = 25;
const DOUBLE_CLICK_MS = 600;
const LONGEST_SHOWN = 20000;
const TOKEN = 'prom-lib-ops-token';

const at = (id) => document.getElementById(id);

/** Makes an element; a child that is no node becomes text. */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return node;
}

function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function mark(node, name, value) {
  if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, String(value));
}

// ---- words ----

const number = (n) => (n === null || n === undefined ? '–' : Number(n).toLocaleString('en'));

function span(ms) {
  if (ms === null || ms === undefined) return 'unknown';
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

const clock = (ms) => new Date(ms).toLocaleTimeString('en-GB');
const ago = (ms) => `${span(now() - ms)} ago`;

function size(bytes) {
  if (bytes === null || bytes === undefined) return '–';
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1048576 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1048576).toFixed(1)} MiB`;
}

/** JSON as people read it; numbers that JavaScript would round keep their spelling, where it can. */
function exact(key, value, context) {
  if (typeof value !== 'number' || !context?.source || !JSON.rawJSON) return value;
  const plain = context.source.replace(/\.0+$/, '');
  return String(value) === plain ? value : JSON.rawJSON(context.source);
}

function pretty(value) {
  const text = JSON.stringify(value, null, 2) ?? '';
  return text.length > LONGEST_SHOWN
    ? `${text.slice(0, LONGEST_SHOWN)}\n… ${number(text.length - LONGEST_SHOWN)} more characters`
    : text;
}

const WHY = {
  up_to_date: 'up to date',
  no_subscriber: 'no subscriber in this process',
  retrying: 'retries wait or run',
  in_flight: 'being worked on',
  compactor: 'a compactor works through it',
  waiting: 'waits to be claimed',
};

// ---- the server ----

class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

let skew = 0;
const now = () => Date.now() + skew;
const token = () => sessionStorage.getItem(TOKEN);

async function ask(path, { method = 'GET', json } = {}) {
  const headers = {};
  if (token()) headers.Authorization = `Bearer ${token()}`;
  if (json !== undefined) headers['Content-Type'] = 'application/json';
  const answer = await fetch(path, {
    method,
    headers,
    body: json === undefined ? undefined : JSON.stringify(json),
    cache: 'no-store',
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const text = await answer.text();
  let body;
  try {
    body = JSON.parse(text, exact);
  } catch {
    throw new Refused(answer.status, 'no_json', `the answer is no JSON (status ${answer.status})`);
  }
  if (!answer.ok) throw new Refused(answer.status, body.error, body.message);
  return body;
}

const path = (...parts) => `/${parts.map(encodeURIComponent).join('/')}`;

function query(base, fields) {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '');
  return `${base}?${new URLSearchParams(given)}`;
}

// ---- where the page is: #view?field=value ----

let status = null;
let place = { view: 'groups', fields: {} };
let behind = [];

function readPlace() {
  const [view, rest] = location.hash.slice(1).split('?');
  place = {
    view: Object.hasOwn(VIEWS, view) ? view : 'groups',
    fields: Object.fromEntries(new URLSearchParams(rest ?? '')),
  };
  behind = [];
}

const hash = (view, fields = {}) => `#${query(view, fields).replace(/\?$/, '')}`;

/** Changes a field of the place without a step in the browser's history, and begins at its first page. */
function choose(fields) {
  place.fields = { ...place.fields, ...fields };
  place.after = undefined;
  behind = [];
  history.replaceState(null, '', hash(place.view, place.fields));
  poll();
}

// ---- parts of views ----

function searchField(label, name = 'q') {
  const input = el('input', { type: 'search', id: `f-${name}`, maxlength: 200, spellcheck: 'false', value: place.fields[name] ?? '' });
  let pause;
  input.addEventListener('input', () => {
    clearTimeout(pause);
    pause = setTimeout(() => choose({ [name]: input.value.trim() }), 250);
  });
  return el('div', { class: 'field' }, el('label', { for: input.id }, label), input);
}

function selectField(label, name, choices) {
  const select = el('select', { id: `f-${name}` });
  for (const [value, words] of choices) {
    select.append(el('option', { value, selected: (place.fields[name] ?? choices[0][0]) === value }, words));
  }
  select.addEventListener('change', () => choose({ [name]: select.value }));
  return el('div', { class: 'field' }, el('label', { for: select.id }, label), select);
}

function head(title, under, ...fields) {
  const words = el('p');
  words.append(...(Array.isArray(under) ? under : [under]));
  return el('div', { class: 'head' }, el('div', { class: 'title' }, el('h2', {}, title), words), ...fields);
}

/**
 * A table whose rows keep their elements as long as their key is there. A column is {label, kind,
 * make() → element, show(element, row)}.
 */
function table(caption, columns, keyOf, empty) {
  const rows = new Map();
  const body = el('tbody');
  const heads = columns.map((column) => el('th', { scope: 'col', class: column.kind }, column.label));
  const grid = el('table', {}, el('caption', {}, caption), el('thead', {}, el('tr', {}, ...heads)), body);
  const nothing = el('div', { class: 'empty', hidden: true }, el('strong'), el('span'));
  const node = el('div', { class: 'card' }, grid, nothing);
  const make = () => {
    const cells = columns.map((column) => {
      const inner = column.make?.();
      return el('td', { class: column.kind, 'data-label': column.label }, ...(inner ? [inner] : []));
    });
    return { tr: el('tr', {}, ...cells), cells };
  };
  return {
    node,
    show(list) {
      const keys = new Set(list.map(keyOf));
      const kept = new Set([...rows].filter(([key]) => keys.has(key)).map(([, row]) => row.tr));
      // A row that goes hands its focus to the next that stays.
      let heir = document.activeElement?.closest('tr');
      const orphaned = heir?.parentNode === body && !kept.has(heir);
      while (orphaned && heir && !kept.has(heir)) heir = heir.nextElementSibling;
      for (const [key, row] of rows) {
        if (!keys.has(key)) {
          row.tr.remove();
          rows.delete(key);
        }
      }
      list.forEach((item, i) => {
        const key = keyOf(item);
        const row = rows.get(key) ?? make();
        rows.set(key, row);
        columns.forEach((column, c) => {
          const cell = row.cells[c];
          if (column.make) column.show(cell.firstChild, item, cell);
          else say(cell, column.show(item));
        });
        // Moved only where it must be: a moved element loses its focus.
        if (body.children[i] !== row.tr) body.insertBefore(row.tr, body.children[i] ?? null);
      });
      grid.hidden = list.length === 0;
      nothing.hidden = list.length > 0;
      const [first, then] = empty();
      say(nothing.firstChild, first);
      say(nothing.lastChild, then);
      if (orphaned) (heir?.querySelector('summary, a[href]') ?? at('main')).focus();
    },
  };
}

function pager() {
  const words = el('span');
  const back = el('button', { type: 'button', onclick: () => turn(false) }, 'Previous');
  const on = el('button', { type: 'button', onclick: () => turn(true) }, 'Next');
  let next = null;
  function turn(forward) {
    if (forward) behind.push(place.after ?? null);
    place.after = forward ? next : behind.pop();
    poll();
  }
  return {
    node: el('div', { class: 'pager' }, words, back, on),
    show(shown, total, nextAfter) {
      next = nextAfter;
      say(words, total === undefined ? `${number(shown)} shown` : `${number(shown)} of ${number(total)}`);
      back.disabled = behind.length === 0;
      on.disabled = nextAfter === null || nextAfter === undefined;
    },
  };
}

const SVG = 'http://www.w3.org/2000/svg';

function spark() {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'spark');
  svg.setAttribute('viewBox', '0 0 60 28');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('role', 'img');
  const ground = document.createElementNS(SVG, 'line');
  for (const [name, value] of [['x1', 0], ['x2', 60], ['y1', 27], ['y2', 27]]) ground.setAttribute(name, value);
  svg.append(ground, document.createElementNS(SVG, 'polyline'));
  return svg;
}

function showSpark(svg, values, what) {
  const all = values ?? [];
  const most = Math.max(1, ...all);
  const points = all.map((value, i) => `${60 - all.length + 1 + i},${(27 - (value / most) * 25).toFixed(1)}`);
  mark(svg.lastChild, 'points', points.join(' '));
  mark(svg, 'aria-label', all.length === 0 ? `${what}: not known yet` : `${what} over the last minutes, at most ${number(Math.max(...all))}`);
}

const line = () => el('span', {}, el('span'), el('span', { class: 'under' }));

function showLine(node, first, under) {
  say(node.firstChild, first);
  say(node.lastChild, under);
}

/** A button that asks once more before it does what cannot be undone. */
function button(words, act, { sure, kind = '' } = {}) {
  const node = el('button', { type: 'button', class: kind }, words);
  let armed;
  let armedAt = 0;
  let busy = false;
  const disarm = () => {
    clearTimeout(armed);
    armed = undefined;
    node.classList.remove('sure');
    say(node, words);
  };
  node.addEventListener('blur', disarm);
  node.addEventListener('click', async (event) => {
    if (busy) return;
    if (sure && armed === undefined) {
      node.classList.add('sure');
      say(node, sure);
      tell(`${sure} Press again to confirm.`);
      armedAt = event.timeStamp;
      armed = setTimeout(disarm, 5000);
      return;
    }
    // The second click of a double click confirms nothing.
    if (sure && (event.detail > 1 || event.timeStamp - armedAt < DOUBLE_CLICK_MS)) return;
    disarm();
    // Not disabled: that would take the focus away.
    busy = true;
    mark(node, 'aria-disabled', true);
    try {
      tell(await act());
    } catch (error) {
      if (error.status === 401) wantToken(error.message);
      else tell(error instanceof Refused ? `Not done: ${error.message}` : 'Not done: the server does not answer.');
    } finally {
      busy = false;
      mark(node, 'aria-disabled', null);
      poll();
    }
  });
  return node;
}

let silence;
function tell(words) {
  say(at('said'), words);
  clearTimeout(silence);
  silence = setTimeout(() => say(at('said'), ''), 6000);
}

/** Buttons that are there only where they may be used. */
function mayAct(node) {
  node.hidden = !(status?.actions && token());
}

function actHint() {
  if (!status?.actions) return 'Actions are off on this server.';
  return token() ? '' : 'To act, give a token.';
}

function definitions(labels) {
  const values = labels.map(() => el('dd'));
  const list = el('dl', {}, ...labels.flatMap((label, i) => [el('dt', {}, label), values[i]]));
  return { list, show: (words) => words.forEach((word, i) => say(values[i], word)) };
}

// ---- views: make(root) → poll() ----

function groupCell() {
  const name = el('span');
  const topic = el('span', { class: 'under' });
  const facts = definitions(['name', 'position', 'oldest undone', 'key', 'order', 'lost to retention']);
  const cell = el('div', {}, name, topic);
  const seek = (from) => () =>
    ask(`${path('groups', cell.item.topic, cell.item.group)}/seek`, { method: 'POST', json: { from } })
      .then(() => `Group ${cell.item.group} goes on from ${from}.`);
  const buttons = el('div', { class: 'row-buttons' },
    button('To the earliest', seek('earliest'), { sure: 'Deliver all again?' }),
    button('To the latest', seek('latest'), { sure: 'Skip all that waits?' }),
    button('Delete the group', () =>
      ask(path('groups', cell.item.topic, cell.item.group), { method: 'DELETE' })
        .then(() => `Group ${cell.item.group} is deleted.`), { sure: 'Delete for good?', kind: 'danger' }));
  cell.append(el('details', { class: 'more' }, el('summary', {}, 'Details'), facts.list, buttons));
  cell.show = (item) => {
    cell.item = item;
    say(name, item.group.replace(/^(compactor\.[0-9a-f]{8})[0-9a-f]{56}$/, '$1…'));
    say(topic, item.topic);
    facts.show([
      item.group,
      `${number(item.seq)}${item.lastId ? `, ${item.lastId}` : ''}`,
      item.oldest ? `${item.oldest.id} at ${number(item.oldest.seq)}, ${ago(item.oldest.at)}` : 'none',
      item.oldest?.key ?? '–',
      item.ordering,
      number(item.skipped),
    ]);
    mayAct(buttons);
  };
  return cell;
}

function whyWords(item) {
  const parts = [];
  if (item.retrying > 0) parts.push(`${number(item.retrying)} retrying, up to ${number(item.failures)} of ${number(item.maxAttempts)} attempts failed`);
  if (item.lag > 0 && item.inFlight === 0 && item.unfinished > 0) parts.push(`${number(item.unfinished)} claimed elsewhere or waiting`);
  if (item.oldest) parts.push(`oldest ${item.oldest.id}, ${span(item.lagMs)} old`);
  if (item.behindSince) parts.push(`behind for ${span(now() - item.behindSince)}, since ${clock(item.behindSince)}`);
  return parts.join(' · ');
}

function groupsView(root) {
  const rows = table('Groups', [
    { label: 'Group', kind: 'name', make: groupCell, show: (cell, item) => cell.show(item) },
    {
      label: 'Lag', kind: 'number', make: line,
      show(node, item) {
        showLine(node, number(item.lag), item.lag === 0 ? '' : span(item.lagMs));
        node.firstChild.className = item.lag > 0 ? 'is-behind' : '';
      },
    },
    { label: 'Last minutes', kind: '', make: spark, show: (svg, item) => showSpark(svg, item.history, 'Lag') },
    { label: 'Done / s', kind: 'number', show: (item) => number(item.rate) },
    { label: 'In flight', kind: 'number', make: line, show: (node, item) => showLine(node, number(item.inFlight), `${number(item.subscribers)} subscriber${item.subscribers === 1 ? '' : 's'}`) },
    {
      label: 'Why', kind: 'wrap', make: () => el('span', {}, el('span', { class: 'tag' }), el('span', { class: 'under' })),
      show(node, item) {
        showLine(node, WHY[item.why] ?? item.why, whyWords(item));
        mark(node.firstChild, 'data-is', item.why);
      },
    },
  ], (item) => `${item.topic}/${item.group}`, () => (place.fields.q || place.fields.topic
    ? ['No group matches', 'Search for another part of its name or topic.']
    : ['There are no groups yet', 'A group is made by its first subscribe.']));
  const pages = pager();
  const topic = place.fields.topic;
  root.append(
    head('Groups', topic ? [`of ${topic} · `, el('a', { href: hash('groups') }, 'of all topics')] : 'Who reads, how far behind, and why.',
      selectField('Order', 'sort', [['lag', 'Furthest behind first'], ['name', 'By name']]),
      searchField('Search groups')),
    rows.node, pages.node);
  return async () => {
    const { q, sort = 'lag' } = place.fields;
    const answer = await ask(query('/groups', { topic, q, sort, limit: ROWS, after: place.after ?? undefined }));
    rows.show(answer.groups);
    pages.show(answer.groups.length, answer.total, answer.next);
  };
}

const link = () => el('a');

function topicsView(root) {
  const rows = table('Topics', [
    {
      label: 'Topic', kind: 'name', make: link,
      show(node, item) {
        say(node, item.topic);
        mark(node, 'href', hash('groups', { topic: item.topic }));
      },
    },
    { label: 'Events', kind: 'number', make: line, show: (node, item) => showLine(node, number(item.count), size(item.bytes)) },
    { label: 'Per second', kind: 'number', show: (item) => number(item.rate) },
    { label: 'Last minutes', kind: '', make: spark, show: (svg, item) => showSpark(svg, item.history, 'Events') },
    { label: 'Positions', kind: 'number', show: (item) => (item.count === 0 ? `next ${number(item.tail + 1)}` : `${number(item.first)} – ${number(item.tail)}`) },
    {
      label: 'Groups', kind: 'number', make: line,
      show: (node, item) => showLine(node, number(item.groups), item.behind ? `${number(item.behind)} behind` : ''),
    },
    {
      label: 'Dead letters', kind: 'number', make: link,
      show(node, item) {
        say(node, number(item.deadLetters));
        mark(node, 'href', item.deadLetters > 0 ? hash('letters', { topic: item.topic }) : null);
      },
    },
  ], (item) => item.topic, () => (place.fields.q
    ? ['No topic matches', 'Search for another part of its name.']
    : ['There are no topics yet', 'A topic is made by the first publish to it.']));
  const pages = pager();
  root.append(head('Topics', 'What is published, and how much is kept.', searchField('Search topics')), rows.node, pages.node);
  return async () => {
    const answer = await ask(query('/topics', { q: place.fields.q, limit: ROWS, after: place.after ?? undefined }));
    rows.show(answer.topics);
    pages.show(answer.topics.length, answer.total, answer.next);
  };
}

/** A list of topics to choose from, for views of one topic; load(fields) → {rows, next}. */
function chooser(root, title, under, view, load, empty) {
  const rows = table(title, [
    {
      label: 'Topic', kind: 'name', make: link,
      show(node, item) {
        say(node, item.topic);
        mark(node, 'href', hash(view, { topic: item.topic }));
      },
    },
    { label: title, kind: 'number', show: (item) => number(item.count) },
  ], (item) => item.topic, () => (place.fields.q ? ['No topic matches', 'Search for another part of its name.'] : empty));
  const pages = pager();
  root.append(head(title, under, searchField('Search topics')), rows.node, pages.node);
  return async () => {
    const answer = await load({ q: place.fields.q, limit: ROWS, after: place.after ?? undefined });
    rows.show(answer.rows);
    pages.show(answer.rows.length, undefined, answer.next);
  };
}

function letterButtons() {
  const cell = el('div', { class: 'row-buttons' });
  const where = () => path('dlq', cell.item.topic, cell.item.id);
  cell.append(
    button('Redrive', () => ask(`${where()}/replay`, { method: 'POST' })
      .then(() => `${cell.item.original.id} is delivered to ${cell.item.group} again.`), { kind: 'primary' }),
    button('Drop', () => ask(where(), { method: 'DELETE' })
      .then(() => `The dead letter of ${cell.item.original.id} is gone.`), { sure: 'Drop for good?', kind: 'danger' }));
  return cell;
}

function payloadCell(summary) {
  const first = el('summary');
  const text = el('pre', { tabindex: 0, role: 'group', 'aria-label': 'As JSON' });
  const cell = el('details', {}, first, text);
  cell.show = (item, value) => {
    say(first, summary(item));
    // Made when it is looked at: most are not.
    if (cell.open) say(text, pretty(value));
    cell.ontoggle = () => say(text, pretty(value));
  };
  return cell;
}

function lettersView(root) {
  const { topic } = place.fields;
  if (!topic) {
    return chooser(root, 'Dead letters', 'Topics with events that a group gave up.', 'letters',
      async (fields) => {
        const { topics, next } = await ask(query('/dlq', fields));
        return { rows: topics, next };
      },
      ['There are no dead letters', 'An event that fails too often comes here, whole, with the reason.']);
  }
  const hint = el('p', { class: 'hint' });
  const rows = table(`Dead letters of ${topic}`, [
    { label: 'Event', kind: 'name', make: () => payloadCell((item) => item.original.id), show: (cell, item) => cell.show(item, item.original) },
    { label: 'Reason', kind: 'wrap', make: line, show: (node, item) => showLine(node, item.err, `${number(item.attempts)} attempt${item.attempts === 1 ? '' : 's'}`) },
    { label: 'Group', kind: 'wrap', show: (item) => item.group },
    { label: 'Key', kind: 'wrap', show: (item) => item.original.key ?? '–' },
    { label: 'Given up', kind: 'number', show: (item) => ago(item.ts) },
    { label: 'Actions', kind: 'bare', make: letterButtons, show(cell, item) { cell.item = item; mayAct(cell); } },
  ], (item) => item.id, () => (place.fields.q
    ? ['No dead letter matches', 'Search for a part of its group, id, key or reason.']
    : ['There are no dead letters here', 'All were redriven or dropped, or none ever came.']));
  const pages = pager();
  root.append(
    head('Dead letters', [`of ${topic} · `, el('a', { href: hash('letters') }, 'of other topics')], searchField('Search dead letters')),
    hint, rows.node, pages.node);
  return async () => {
    const answer = await ask(query('/dlq', { topic, q: place.fields.q, limit: ROWS, after: place.after ?? undefined }));
    say(hint, actHint());
    rows.show(answer.letters);
    pages.show(answer.letters.length, undefined, answer.next);
  };
}

function snapshotsView(root) {
  const { topic } = place.fields;
  if (!topic) {
    return chooser(root, 'Snapshots', 'Keyed topics that a compactor follows.', 'snapshots',
      async ({ q = '', after }) => {
        const { topics, next } = await ask(query('/topics', { q: '.snapshot', limit: 500, after }));
        const rows = topics
          .filter((item) => item.topic.endsWith('.snapshot') && item.topic.toLowerCase().includes(q.toLowerCase()))
          .map((item) => ({ topic: item.topic.slice(0, -'.snapshot'.length), count: item.count }));
        return { rows, next };
      },
      ['There are no snapshots', 'A Compactor keeps the latest of every key of a topic here.']);
  }
  const rows = table(`Snapshots of ${topic}`, [
    { label: 'Key', kind: 'name', make: () => payloadCell((item) => item.key), show: (cell, item) => cell.show(item, item.payload) },
    { label: 'Value', kind: 'wrap', make: () => el('code'), show: (node, item) => say(node, brief(item.payload)) },
    { label: 'Position', kind: 'number', show: (item) => number(item.seq) },
    { label: 'Published', kind: 'number', show: (item) => ago(item.ts) },
  ], (item) => item.key, () => (place.fields.q
    ? ['No key matches', 'Search for another part of it; long lists are searched a stretch at a time, go on with Next.']
    : ['There are no snapshots here', 'They come as soon as a Compactor of this topic ran.']));
  const pages = pager();
  root.append(
    head('Snapshots', [`of ${topic} · `, el('a', { href: hash('snapshots') }, 'of other topics')], searchField('Search keys')),
    rows.node, pages.node);
  return async () => {
    const answer = await ask(query('/snapshots', { topic, q: place.fields.q, limit: ROWS, after: place.after ?? undefined }));
    rows.show(answer.snapshots);
    pages.show(answer.snapshots.length, undefined, answer.next);
  };
}

function brief(value) {
  const text = JSON.stringify(value) ?? '';
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

function recordButtons() {
  const cell = el('div', { class: 'row-buttons' });
  const where = () => path('outbox', cell.item.topic, cell.item.id);
  cell.append(
    button('Requeue', () => ask(`${where()}/requeue`, { method: 'POST' }).then(() => `${cell.item.id} is tried again.`), { kind: 'primary' }),
    button('Drop', () => ask(where(), { method: 'DELETE' })
      .then(() => `${cell.item.id} goes without being published.`), { sure: 'Drop for good?', kind: 'danger' }));
  return cell;
}

function outboxView(root) {
  const figures = el('dl', { class: 'figures' });
  const hint = el('p', { class: 'hint' });
  const rows = table('Outbox records', [
    { label: 'Record', kind: 'name', make: () => payloadCell((item) => item.id), show: (cell, item) => cell.show(item, item.payload) },
    { label: 'Topic', kind: 'wrap', make: line, show: (node, item) => showLine(node, item.topic, item.key ?? '') },
    { label: 'Failed', kind: 'wrap', make: line, show: (node, item) => showLine(node, `${number(item.attempts)} times`, item.err ?? '') },
    { label: 'Written', kind: 'number', show: (item) => ago(item.ts) },
    { label: 'Actions', kind: 'bare', make: recordButtons, show(cell, item) { cell.item = item; mayAct(cell); if (item.status !== 'error') cell.hidden = true; } },
  ], (item) => `${item.topic}/${item.id}`, () => ['No record has this status', 'Records that could not be published rest as errors until requeued or dropped.']);
  const pages = pager();
  root.append(
    head('Outbox', 'Records that wait to become events.', selectField('Status', 'status', [['error', 'Resting as errors'], ['pending', 'Pending'], ['claimed', 'Claimed'], ['sent', 'Sent']])),
    figures, hint, rows.node, pages.node);
  return async () => {
    const { status: of = 'error' } = place.fields;
    const answer = await ask(query('/outbox', { status: of, limit: ROWS, after: place.after ?? undefined }));
    showFigures(figures, [
      ['Pending', number(answer.pending), answer.oldestMs === null ? '' : `oldest ${span(answer.oldestMs)}`],
      ['Claimed', number(answer.claimed), ''],
      ['Sent', number(answer.sent), ''],
      ['Errors', number(answer.error), '', answer.error > 0],
    ]);
    say(hint, answer.error > 0 ? actHint() : '');
    rows.show(answer.records);
    pages.show(answer.records.length, undefined, answer.next);
  };
}

function clientsView(root) {
  const rows = table('Connected clients', [
    { label: 'Subject', kind: 'name', show: (item) => item.subject ?? 'not authenticated yet' },
    { label: 'Address', kind: 'wrap', show: (item) => item.address },
    { label: 'Connected', kind: 'number', make: line, show: (node, item) => showLine(node, span(now() - item.since), `since ${clock(item.since)}`) },
    { label: 'Errors', kind: 'number', make: line, show: (node, item) => showLine(node, number(item.errors), item.lastError ?? '') },
  ], (item) => String(item.id), () => (place.fields.q
    ? ['No client matches', 'Search for another part of its subject or address.']
    : ['Nobody is connected', 'Clients of the gateway show here as soon as they connect.']));
  const pages = pager();
  root.append(head('Connected clients', 'Who is at the gateway of this process.', searchField('Search clients')), rows.node, pages.node);
  return async () => {
    const answer = await ask(query('/clients', { q: place.fields.q, limit: ROWS, after: place.after ?? undefined }));
    rows.show(answer.clients);
    pages.show(answer.clients.length, place.fields.q ? undefined : answer.total, answer.next);
  };
}

const VIEWS = {
  groups: { words: 'Groups', make: groupsView, there: () => true },
  topics: { words: 'Topics', make: topicsView, there: () => true },
  letters: { words: 'Dead letters', make: lettersView, there: () => true },
  snapshots: { words: 'Snapshots', make: snapshotsView, there: () => true },
  outbox: { words: 'Outbox', make: outboxView, there: () => status?.outbox },
  clients: { words: 'Clients', make: clientsView, there: () => status?.clients },
};

// ---- the frame ----

const tabs = new Map(Object.entries(VIEWS).map(([name, view]) => {
  const a = el('a', { href: hash(name) }, view.words);
  const li = el('li', {}, a);
  at('tabs').append(li);
  return [name, { a, li }];
}));

function showFigures(list, figures) {
  figures.forEach(([words, value, small, warn], i) => {
    let item = list.children[i];
    if (!item) {
      item = el('div', {}, el('dt'), el('dd', {}, el('span'), ' ', el('small')));
      list.append(item);
    }
    say(item.firstChild, words);
    say(item.lastChild.firstChild, value);
    say(item.lastChild.lastChild, small);
    item.className = warn ? 'is-warn' : '';
  });
  while (list.children.length > figures.length) list.lastChild.remove();
}

function showStatus() {
  for (const [name, { a, li }] of tabs) {
    mark(a, 'aria-current', name === place.view ? 'page' : null);
    li.hidden = !VIEWS[name].there();
  }
  say(at('token'), token() ? 'Token given' : 'Give a token');
  if (!status) return;
  const figures = [];
  if (status.listing) {
    figures.push(['Groups behind', number(status.behind), `of ${number(status.groups)}`, status.behind > 0]);
    figures.push(['Events per second', number(status.rate), '']);
    figures.push(['Topics', number(status.topics), '']);
    if (status.clients) figures.push(['Clients connected', number(status.connected), '']);
  }
  showFigures(at('figures'), figures);
}

let pollView = null;
let trouble = null;

function openView() {
  const main = at('main');
  main.replaceChildren();
  trouble = el('p', { class: 'trouble', role: 'status', hidden: true });
  main.append(trouble);
  pollView = VIEWS[place.view].make(main);
  showStatus();
  poll();
}

let answered = null;
let lostSince = null;
let staleSince = null;

function connection(lost) {
  lostSince = lost ? lostSince ?? Date.now() : null;
  showState();
}

/** Whether the view could be read; the server may answer while its store does not. */
function upToDate(yes) {
  if (yes) answered = Date.now();
  staleSince = yes ? null : staleSince ?? answered ?? Date.now();
  showState();
}

function showState() {
  const live = lostSince === null && staleSince === null;
  mark(document.body, 'data-stale', live ? null : '');
  mark(at('state'), 'data-is', live ? 'live' : 'lost');
  // Without a time in it: screen readers are told once, not every second.
  say(at('state'), live ? 'Live' : lostSince === null ? 'Not up to date' : 'Connection lost');
  at('lost').hidden = live;
  const again = `Trying again every ${EVERY_MS / 1000} s.`;
  if (lostSince !== null) {
    say(at('lost'), `Connection lost at ${clock(lostSince)}. ${answered ? `What is shown is of ${clock(answered)}. ` : ''}${again}`);
  } else if (staleSince !== null) {
    say(at('lost'), `Not up to date since ${clock(staleSince)}: the store does not answer. ${again}`);
  }
}

// ---- polling: one request at a time, the newest wish wins ----

let timer;
let running = false;
let again = false;

async function poll() {
  clearTimeout(timer);
  if (running) {
    again = true;
    return;
  }
  running = true;
  again = false;
  const view = pollView;
  try {
    status = await ask('/status');
    skew = status.now - Date.now();
    connection(false);
    showStatus();
    await view?.();
    upToDate(true);
    if (view === pollView) trouble.hidden = true;
  } catch (error) {
    if (!(error instanceof Refused)) connection(true);
    else {
      connection(false);
      upToDate(error.status !== 503);
      if (error.status === 401 && !declined) wantToken(error.message);
      if (view === pollView) {
        say(trouble, error.message);
        trouble.hidden = false;
      }
    }
  } finally {
    running = false;
    if (again) poll();
    else if (!at('ask').open && !document.hidden) timer = setTimeout(poll, EVERY_MS);
  }
}

// ---- the token ----

/** Whether the dialog was closed without a token: it comes again only when it is called for. */
let declined = false;

function wantToken(why) {
  const dialog = at('ask');
  if (dialog.open) return;
  say(at('ask-why'), why ?? 'It is sent with every request of this page.');
  at('ask-token').value = '';
  at('ask-forget').hidden = !token();
  dialog.showModal();
}

at('token').addEventListener('click', () => wantToken());
at('ask-form').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem(TOKEN, at('ask-token').value.trim());
  declined = false;
  at('ask').close();
});
at('ask-forget').addEventListener('click', () => {
  sessionStorage.removeItem(TOKEN);
  declined = true;
  at('ask').close();
});
at('ask').addEventListener('cancel', () => {
  declined = true;
});
at('ask-cancel').addEventListener('click', () => {
  declined = true;
  at('ask').close();
});
at('ask').addEventListener('close', poll);

window.addEventListener('hashchange', () => {
  readPlace();
  openView();
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) poll();
});

readPlace();
openView();
