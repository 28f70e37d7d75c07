// Firefox, where it is installed: the processor with its usual settings, WebGPU with its switches on.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import puppeteer from 'puppeteer-core';
import { host, lookedInFirefox } from './harness.mjs';

const FIREFOX = process.env.FIREFOX ?? '/usr/bin/firefox-esr';
const missing = !existsSync(FIREFOX) && `${FIREFOX} is not installed`;

let site;
before(async () => (site = await host()));
after(() => site?.close());

const WEBGPU = { 'dom.webgpu.enabled': true, 'dom.webgpu.workers.enabled': true, 'gfx.webgpu.ignore-blocklist': true };

for (const [name, prefs] of Object.entries({ 'usual settings': {}, 'WebGPU switched on': WEBGPU })) {
  test(name, { skip: missing }, async () => {
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: FIREFOX,
      headless: true,
      extraPrefsFirefox: prefs,
    });
    try {
      const page = await browser.newPage();
      const errors = [];
      page.on('pageerror', (error) => errors.push(error.message));
      await page.goto(site.url);
      await lookedInFirefox(page);
      const { reason, count } = await page.evaluate(() => ({
        reason: document.getElementById('reason').textContent,
        count: document.getElementById('count').textContent,
      }));
      const stored = await (await fetch(`${site.url}pictures/crew.json`)).json();
      assert.match(reason, /WebGPU|processor/);
      assert.equal(count, String(stored.poses.length));
      assert.deepEqual(errors, []);
      console.log(`  Firefox, ${name}: ${reason}`);
    } finally {
      await browser.close();
    }
  });
}
