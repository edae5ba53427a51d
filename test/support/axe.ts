import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'

/** For `addInitScript`. Half of the size of `axe.source`, which each page would parse. */
export const axeSource = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

/** Contrast is the slowest rule, and colors do not depend on the size of the screen. */
export const allButContrast: RunOptions = { rules: { 'color-contrast': { enabled: false } } }
/** Both color schemes have the same elements; only their colors differ. */
export const colorRules: RunOptions = { runOnly: ['color-contrast', 'link-in-text-block'] }

/** Wide and on a phone, light and dark, with the rules that tell them apart. */
export const looks = [
  { colorScheme: 'light', width: 390, rules: allButContrast },
  { colorScheme: 'light', width: 1280, rules: {} },
  { colorScheme: 'dark', width: 1280, rules: colorRules },
] as const

/**
 * The violations that axe finds in a page with its source, with the elements; of all rules by default. The results of other rules stay
 * in the page: sending them takes as long as finding them.
 */
export const violations = (page: Page, options: RunOptions = {}): Promise<readonly string[]> =>
  page.evaluate(`axe.run(document, ${JSON.stringify({ resultTypes: ['violations'], ...options })}).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html + ' ' + failureSummary)))`)
