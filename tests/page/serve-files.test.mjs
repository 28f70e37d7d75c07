// The server's files: types, parts, what is kept, and nothing from outside of the folder.
import assert from 'node:assert/strict';
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { FILM, raw, scenery, TYPES } from './served.mjs';

let site;
before(async () => (site = await scenery()));
after(() => site?.close());

test('files have the types that browsers want', async () => {
  for (const [name, type] of Object.entries(TYPES)) {
    const answer = await fetch(site.at(name));
    assert.equal(answer.headers.get('content-type'), type, name);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(answer.headers.get('cache-control'), 'no-cache');
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), readFileSync(join(site.folder, name)));
  }
  assert.equal(await (await fetch(site.at('sub%20dir/?x=1'))).text(), 'sub dir/index.html');
  assert.equal(await (await fetch(site.at('same.json'))).text(), 'a.json', 'a link that stays inside');
  const moved = await fetch(site.at('sub%20dir?x=1'), { redirect: 'manual' });
  assert.deepEqual([moved.status, moved.headers.get('location')], [307, './sub%20dir/?x=1']);
});

test('parts of a file, as a film that is wound needs them', async () => {
  const part = async (range, more = {}, method = 'GET') => {
    const answer = await fetch(site.at('film.mp4'), { method, headers: { range, ...more } });
    return [answer.status, answer.headers.get('content-range'), Buffer.from(await answer.arrayBuffer())];
  };
  assert.deepEqual(await part('bytes=1000-1999'), [206, 'bytes 1000-1999/200000', FILM.subarray(1000, 2000)]);
  assert.deepEqual(await part('bytes=199990-'), [206, 'bytes 199990-199999/200000', FILM.subarray(199_990)]);
  assert.deepEqual(await part('bytes=-10'), [206, 'bytes 199990-199999/200000', FILM.subarray(199_990)]);
  assert.deepEqual((await part('bytes=200000-')).slice(0, 2), [416, 'bytes */200000']);
  assert.deepEqual(await part('bytes=0-1,5-6'), [200, null, FILM], 'several parts are the whole');
  assert.deepEqual(await part('bytes=0-9', {}, 'HEAD'), [206, 'bytes 0-9/200000', Buffer.alloc(0)]);
  const { headers } = await fetch(site.at('film.mp4'), { method: 'HEAD' });
  assert.equal(headers.get('content-length'), '200000');
  assert.equal(headers.get('accept-ranges'), 'bytes');
  assert.deepEqual(await part('bytes=0-9', { 'if-range': headers.get('etag') }), [
    206,
    'bytes 0-9/200000',
    FILM.subarray(0, 10),
  ]);
  assert.deepEqual(
    await part('bytes=0-9', { 'if-range': '"another"' }),
    [200, null, FILM],
    'of another version nothing is mixed in',
  );
});

test('what has not changed is not sent again, what has is', async () => {
  const file = join(site.folder, 'a.json');
  const { headers } = await fetch(site.at('a.json'));
  const again = {
    etag: { 'if-none-match': headers.get('etag') },
    date: { 'if-modified-since': headers.get('last-modified') },
  };
  for (const [name, headers] of Object.entries(again)) {
    const answer = await fetch(site.at('a.json'), { headers });
    assert.deepEqual(
      [answer.status, await answer.text(), answer.headers.get('cache-control')],
      [304, '', 'no-cache'],
      name,
    );
  }
  writeFileSync(file, 'A.JSON');
  utimesSync(file, new Date(), new Date(Date.now() + 5000));
  for (const [name, headers] of Object.entries(again)) {
    const answer = await fetch(site.at('a.json'), { headers });
    assert.deepEqual([answer.status, await answer.text()], [200, 'A.JSON'], name);
  }
});

test('only GET and HEAD, no lists, and words for what is missing', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    const answer = await fetch(site.at('a.json'), { method });
    assert.deepEqual(
      [answer.status, answer.headers.get('allow'), await answer.text()],
      [405, 'GET, HEAD', 'Only GET and HEAD are answered here.\n'],
    );
  }
  for (const name of ['none.js', 'empty/', 'empty', 'a.js/', 'a.js/b']) {
    const answer = await fetch(site.at(name));
    assert.deepEqual([answer.status, await answer.text()], [404, 'There is no such file here.\n'], name);
    assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8');
  }
});

test('nothing from outside of the folder, whatever the address', async () => {
  const ways = [
    '/../secret.txt',
    '/../../../../../../etc/passwd',
    '/sub%20dir/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/%2E%2E%2Fsecret.txt',
    '/..%2fsecret.txt',
    '/..%5csecret.txt',
    '/..\\secret.txt',
    '/%252e%252e/secret.txt',
    '/./../secret.txt',
    '/.../secret.txt',
    '//etc/passwd',
    '///etc/passwd',
    '/%2fetc%2fpasswd',
    '/link.txt',
    '/up/secret.txt',
    '/up/site/../secret.txt',
    '/..;/secret.txt',
    '/a.js/../../secret.txt',
    '/..%00/secret.txt',
    '/link.txt%00.js',
    '/%c0%ae%c0%ae/secret.txt',
    `http://x/../secret.txt`,
    '../secret.txt',
    '/?/../secret.txt',
    `/${'../'.repeat(50)}etc/passwd`,
    '/proc/self/environ',
    `//${encodeURIComponent(site.path('secret.txt'))}`,
    site.path('secret.txt'),
    `file://${site.path('secret.txt')}`,
    '/%',
    '/%zz',
    '/%ff',
    '*',
    '',
  ];
  for (const way of ways) {
    const answer = await raw(site.url, `GET ${way} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    const status = Number(/^HTTP\/1.\d (\d+)/.exec(answer)?.[1]);
    if (way === '/?/../secret.txt') assert.match(answer, /index\.html$/, 'a question is no path');
    else assert.ok(status === 404 || status === 400, `${way}: ${answer}`);
    assert.doesNotMatch(answer, /SECRET|root:|PATH=/, way);
  }
  // What is no HTTP at all is hung up on, and the next one is served.
  for (const noise of ['\x16\x03\x01\x02\x00', 'GET\r\n\r\n', `GET /${'a'.repeat(1 << 20)} HTTP/1.1\r\n\r\n`])
    await raw(site.url, noise).catch(() => {});
  assert.equal((await fetch(site.at('a.js'))).status, 200);
});
