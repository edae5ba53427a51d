import { gzipSync } from 'node:zlib'
import type { Exchange } from '../client/exchange.ts'
import { formatExchange, formatExchangeLine, sanitizeLines } from './text.ts'

/** Displayed characters of a body; the HAR contains more. */
const maxBodyLength = 16 * 1024

export const displayedExchange = (exchange: Exchange): string => formatExchange(exchange, maxBodyLength)

/**
 * The exchanges by number, each as its line and its text, as JSON that is compressed and encoded in base64: headers and
 * bodies repeat each other, and base64 contains no markup.
 */
export function packExchanges(exchanges: readonly Exchange[]): string {
  const entries = exchanges.map(exchange => {
    const texts = [formatExchangeLine(exchange), displayedExchange(exchange)]
    return [exchange.number, texts.map(sanitizeLines)] as const
  })
  return gzipSync(JSON.stringify(Object.fromEntries(entries)), { level: 9 }).toString('base64')
}

/**
 * The script of the report: it displays the exchanges of a check once that is opened, and filters the checks. Texts of the
 * server become text nodes, never markup. It contains no `<`, which could end its element.
 */
export const htmlScript = `
const byId = id => document.getElementById(id)
const all = selector => [...document.querySelectorAll(selector)]
const packed = Uint8Array.from(atob(byId('exchanges').textContent), character => character.charCodeAt(0))
const unpacking = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))
const unpacked = new Response(unpacking).json()
const numbers = new Map(all('[data-exchanges]').map(element => [element, element.dataset.exchanges.split(' ')]))
const element = (name, ...content) => {
  const created = document.createElement(name)
  created.append(...content)
  return created
}
const filled = new Set()
document.addEventListener('toggle', async ({ target }) => {
  if (!target.open || !numbers.has(target) || filled.has(target)) return
  filled.add(target)
  const exchanges = await unpacked
  for (const number of numbers.get(target)) {
    const [line, text] = exchanges[number]
    const pre = element('pre', text)
    pre.dir = 'ltr'
    target.append(element('details', element('summary', element('code', line)), pre))
  }
}, true)

const sections = all('main > details').filter(section => section.querySelector('[data-verdict]'))
const wasOpen = new Set(sections.filter(({ open }) => open))
const verdict = byId('verdict')
const text = byId('text')
const apply = async () => {
  const words = text.value.toLowerCase()
  const isFiltered = verdict.value !== '' || words !== ''
  const exchanges = words === '' ? {} : await unpacked
  // The lines of exchanges only: headers and bodies contain nearly every word.
  const contains = check =>
    check.textContent.toLowerCase().includes(words) ||
    (numbers.get(check) ?? []).some(number => exchanges[number][0].toLowerCase().includes(words))
  let shown = 0
  for (const section of sections) {
    let matches = 0
    for (const check of section.querySelectorAll('[data-verdict]')) {
      const isShown = ['', check.dataset.verdict].includes(verdict.value) && contains(check)
      check.hidden = !isShown
      if (isShown) matches++
    }
    section.hidden = matches === 0
    section.open = isFiltered ? matches > 0 : wasOpen.has(section)
    shown += matches
  }
  byId('shown').textContent = shown + (shown === 1 ? ' check' : ' checks')
}
let timer
const applySoon = () => {
  clearTimeout(timer)
  timer = setTimeout(apply, 200)
}
text.addEventListener('input', applySoon)
verdict.addEventListener('change', apply)
addEventListener('click', ({ target }) => {
  if (!target.closest('a[href^="#"]')) return
  verdict.value = text.value = ''
  apply()
})
byId('filter').hidden = false
apply()
`
