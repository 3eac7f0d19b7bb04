/*
 * The live board: a tail of process.state with its snapshot, through the JavaScript client. Values change in their places every
 * second; the order of rows changes every few seconds only, and never while the pointer is over them.
 *
 * After each new connection the snapshot is asked for anew: the gateway behind the address may be another one, whose topic is
 * not the one that was followed before.
 */
import { PromClient } from './prom-client.mjs';

const TOPIC = 'process.state';
const TICK_MS = 1000;
const RESORT_TICKS = 5;
const ROW_POINTS = 60;
const TOTAL_POINTS = 120;
const FIRST_ROWS = 100;
const KEPT = 'prom-lib token';
// Who was not seen for so long is stale, even if nobody is there to say so.
const SILENT_MS = 30_000;

const $ = (id) => document.getElementById(id);
const states = new Map();
const trends = new Map();
const rows = new Map();
const totals = { cpu: [], memory: [] };
const sorting = { by: 'cpu', up: false };
// The latest last_seen_ts, and when it came here: the clocks of the bus and of this machine may differ.
let newest = { seen: -Infinity, came: 0 };
let order = [];
let ticks = 0;
let all = false;
let client;
let turn = Promise.resolve();

// The token: from the fragment, which is not sent anywhere, or from the field.

function fragmentToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token) {
    sessionStorage.setItem(KEPT, token);
    history.replaceState(null, '', location.pathname + location.search);
  }
}

function askForToken(why) {
  sessionStorage.removeItem(KEPT);
  $('refusal').textContent = why;
  $('login').hidden = false;
  $('board').hidden = true;
  say('disconnected', 'Not connected');
  $('token').focus();
}

// The connection.

function gatewayAddress() {
  const address = new URL(document.querySelector('meta[name=gateway]').content);
  // The program may not know by which name it is reached; this page does.
  address.hostname = location.hostname;
  return address.href;
}

async function connect() {
  const token = sessionStorage.getItem(KEPT);
  if (!token) {
    askForToken('');
    return;
  }
  $('login').hidden = true;
  $('board').hidden = false;
  const mine = new PromClient(gatewayAddress(), token, {
    connectTimeoutMs: Infinity,
    reconnectMaxMs: 5000,
    onState: (state, cause) => mine === client && changed(state, cause),
    onWarning: (message) => console.info(message),
  });
  client = mine;
  try {
    await mine.connect();
  } catch (error) {
    // Said by changed().
  }
}

function changed(state, cause) {
  if (state === 'connected') {
    say('connected', 'Live');
    follow();
  } else if (state === 'connecting') {
    say('connecting', states.size > 0 ? 'Connection lost, trying again…' : 'Connecting…');
  } else if (state === 'closed') {
    askForToken(cause ? `The gateway did not accept the token (${cause.code}).` : '');
  } else {
    say('disconnected', `Connection lost: ${cause.message}. Values below are old.`);
  }
}

function say(state, text) {
  $('connection').dataset.state = state;
  $('connection').textContent = text;
  $('board').classList.toggle('old', state !== 'connected');
}

/** One after the other: the tail of before is left first. */
function follow() {
  const mine = client;
  turn = turn.then(() => mine === client && followNow(mine));
}

async function followNow(mine) {
  try {
    await mine.unsubscribe(TOPIC);
    await mine.tail(TOPIC, take, {
      snapshot: true,
      onSnapshot: forgetStates,
      onEnd: (cause) => cause && mine.state === 'connected' && follow(),
    });
  } catch (error) {
    if (error.code === 'forbidden') {
      say('disconnected', `This token may not read ${TOPIC}.`);
    } else if (mine.state === 'connected') {
      setTimeout(follow, TICK_MS);
    }
  }
}

function forgetStates() {
  states.clear();
  newest = { seen: -Infinity, came: 0 };
}

function take(event) {
  const state = event.payload;
  if (state === null) {
    states.delete(event.key);
  } else if (event.key) {
    const seen = Number(state.last_seen_ts) || event.ts;
    if (seen > newest.seen) {
      newest = { seen, came: performance.now() };
    }
    states.set(event.key, {
      key: event.key,
      name: String(state.name),
      host: String(state.host),
      pid: Number(state.pid),
      cpu: Number(state.cpu_pct) || 0,
      memory: Number(state.mem_mb) || 0,
      seen,
      saidStale: state.status === 'stale',
      stale: state.status === 'stale',
    });
  }
}

// What is shown.

function tick() {
  if ($('board').hidden) {
    return;
  }
  const live = $('connection').dataset.state === 'connected';
  if (live) {
    findSilent();
    remember();
  }
  ticks++;
  if (order.length === 0 || (ticks % RESORT_TICKS === 0 && !$('rows').matches(':hover'))) {
    sort();
  } else {
    // What came is added at the end, what went leaves at once; nothing else moves.
    const shown = new Set(order);
    order = order.filter((key) => states.has(key) && isWanted(states.get(key)));
    order.push(...[...states.values()].filter((one) => !shown.has(one.key) && isWanted(one)).map((one) => one.key));
  }
  draw();
}

function findSilent() {
  const busTime = newest.seen + performance.now() - newest.came;
  for (const one of states.values()) {
    one.stale = one.saidStale || busTime - one.seen > SILENT_MS;
  }
}

function remember() {
  const alive = [...states.values()].filter((one) => !one.stale);
  for (const one of alive) {
    const trend = trends.get(one.key) ?? { cpu: [], memory: [] };
    trends.set(one.key, trend);
    push(trend.cpu, one.cpu, ROW_POINTS);
    push(trend.memory, one.memory, ROW_POINTS);
  }
  for (const key of trends.keys()) {
    if (states.get(key)?.stale ?? true) {
      trends.delete(key);
    }
  }
  push(totals.cpu, sum(alive, 'cpu'), TOTAL_POINTS);
  push(totals.memory, sum(alive, 'memory'), TOTAL_POINTS);
}

function push(points, value, most) {
  points.push(value);
  if (points.length > most) {
    points.shift();
  }
}

const sum = (list, field) => list.reduce((total, one) => total + one[field], 0);
const mean = (points) => points.reduce((total, one) => total + one, 0) / points.length;

/** What rows are sorted by; of what flickers, the mean of the last seconds. Who is silent uses nothing. */
function sortable(one) {
  if (one.stale && (sorting.by === 'cpu' || sorting.by === 'memory')) {
    return -1;
  }
  const points = trends.get(one.key)?.[sorting.by];
  return points?.length ? mean(points.slice(-10)) : one[sorting.by];
}

function isWanted(one) {
  const sought = $('filter').value.trim().toLowerCase();
  return !(one.stale && $('hide-stale').checked) && `${one.name} ${one.host} ${one.pid}`.toLowerCase().includes(sought);
}

function sort() {
  const keyed = [...states.values()].filter(isWanted).map((one) => ({ one, by: sortable(one) }));
  const direction = sorting.up ? 1 : -1;
  keyed.sort((a, b) => {
    const order = typeof a.by === 'string' ? a.by.localeCompare(b.by) : a.by - b.by;
    return direction * order || a.one.name.localeCompare(b.one.name) || a.one.pid - b.one.pid;
  });
  order = keyed.map(({ one }) => one.key);
}

function draw() {
  const known = [...states.values()];
  const alive = known.filter((one) => !one.stale);
  set($('alive'), String(alive.length));
  set($('stale'), String(known.length - alive.length));
  set($('cpu'), `${sum(alive, 'cpu').toFixed(0)} %`);
  set($('memory'), megabytes(sum(alive, 'memory')));
  chart($('cpu-chart'), totals.cpu);
  chart($('memory-chart'), totals.memory);
  order = order.filter((key) => states.has(key));
  const shown = all ? order : order.slice(0, FIRST_ROWS);
  const wanted = new Set(shown);
  for (const [key, row] of rows) {
    if (!wanted.has(key)) {
      row.remove();
      rows.delete(key);
    }
  }
  let place = $('rows').firstElementChild;
  for (const key of shown) {
    const row = rows.get(key) ?? newRow(key);
    fill(row, states.get(key));
    if (row === place) {
      place = place.nextElementSibling;
    } else {
      $('rows').insertBefore(row, place);
    }
  }
  $('none').hidden = known.length > 0;
  $('more').hidden = shown.length === order.length;
  set($('more').firstElementChild, `${shown.length} of ${order.length} processes`);
}

function newRow(key) {
  const row = document.createElement('tr');
  row.dataset.key = key;
  for (const kind of ['name', 'number pid', 'number', 'trend', 'number', 'trend', 'seen']) {
    const cell = row.insertCell();
    cell.className = kind;
    if (kind === 'trend') {
      cell.append(spark(row.cells.length === 4 ? 'cpu' : 'memory'));
    } else if (kind === 'name') {
      cell.append('', element('span', 'host'));
    } else {
      cell.append(element('span', ''));
    }
  }
  rows.set(key, row);
  return row;
}

function fill(row, one) {
  const [name, pid, cpu, cpuTrend, memory, memoryTrend, seen] = row.cells;
  row.classList.toggle('stale', one.stale);
  if (name.title !== `${one.name} on ${one.host}, pid ${one.pid}`) {
    name.title = `${one.name} on ${one.host}, pid ${one.pid}`;
    name.firstChild.data = one.name;
    name.lastChild.textContent = ` ${one.host}`;
  }
  set(pid.firstChild, String(one.pid));
  set(cpu.firstChild, one.stale ? '–' : `${one.cpu.toFixed(1)} %`);
  set(memory.firstChild, one.stale ? '–' : megabytes(one.memory));
  set(seen.firstChild, one.stale ? `stale ${ago(one.seen)}` : ago(one.seen));
  const trend = trends.get(one.key);
  line(cpuTrend.firstChild.firstChild, trend?.cpu ?? [], ROW_POINTS, 100);
  line(memoryTrend.firstChild.firstChild, trend?.memory ?? [], ROW_POINTS, 0);
}

function set(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

function element(tag, className) {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

const megabytes = (mb) => (mb >= 1024 ? `${(mb / 1024).toFixed(1)} GB` : `${mb.toFixed(0)} MB`);

function ago(ts) {
  const seconds = Math.max(0, Math.round((Date.now() - ts) / 1000));
  if (seconds < 3) {
    return 'now';
  }
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

// Charts.

const SVG = 'http://www.w3.org/2000/svg';

function spark(kind) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', `spark ${kind}`);
  svg.setAttribute('viewBox', `0 0 ${ROW_POINTS - 1} 100`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(document.createElementNS(SVG, 'path'));
  return svg;
}

/** Draws the points up to the right edge, on a scale from 0 to the largest of them, but `least` if that is more. */
function line(path, points, most, least) {
  const top = Math.max(least, ...points, 1e-9) * 1.1;
  const from = most - points.length;
  const steps = points.map((value, i) => `${from + i} ${(100 - (value / top) * 94 - 3).toFixed(1)}`);
  const d = steps.length > 1 ? `M${steps.join('L')}` : '';
  if (path.getAttribute('d') !== d) {
    path.setAttribute('d', d);
  }
  return { d, from };
}

function chart(svg, points) {
  const [area, top] = svg.children;
  const { d, from } = line(top, points, TOTAL_POINTS, 0);
  area.setAttribute('d', d && `${d}L${TOTAL_POINTS - 1} 100L${from} 100Z`);
}

// What a person does.

function sortBy(column) {
  if (sorting.by === column) {
    sorting.up = !sorting.up;
  } else {
    Object.assign(sorting, { by: column, up: column === 'name' || column === 'pid' });
  }
  showSorting();
  sort();
  draw();
}

function showSorting() {
  for (const head of document.querySelectorAll('th[data-sort]')) {
    if (head.dataset.sort === sorting.by) {
      head.setAttribute('aria-sort', sorting.up ? 'ascending' : 'descending');
    } else {
      head.removeAttribute('aria-sort');
    }
  }
}

function resorted() {
  sort();
  draw();
}

function begin() {
  for (const here of document.querySelectorAll('.here')) {
    here.textContent = location.origin;
  }
  $('gateway').textContent = gatewayAddress();
  for (const head of document.querySelectorAll('th[data-sort]')) {
    head.firstElementChild.addEventListener('click', () => sortBy(head.dataset.sort));
  }
  showSorting();
  $('filter').addEventListener('input', resorted);
  $('hide-stale').addEventListener('change', resorted);
  $('more').lastElementChild.addEventListener('click', () => {
    all = true;
    draw();
  });
  $('login').addEventListener('submit', (event) => {
    event.preventDefault();
    sessionStorage.setItem(KEPT, $('token').value.trim());
    $('token').value = '';
    connect();
  });
  $('forget').addEventListener('click', () => {
    sessionStorage.removeItem(KEPT);
    client?.close();
    forgetStates();
    trends.clear();
    askForToken('');
  });
  window.addEventListener('hashchange', () => {
    fragmentToken();
    client?.close();
    connect();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === '/' && !/^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      $('filter').focus();
    }
  });
  fragmentToken();
  setInterval(tick, TICK_MS);
  connect();
}

begin();
