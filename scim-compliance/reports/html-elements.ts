import type { Row } from './summary.ts'
import { escapeMarkup } from './text.ts'

export const span = (kind: string, text: string): string =>
  `<span class="${kind}">${escapeMarkup(text)}</span>`

export const list = (lines: readonly string[]): string =>
  `<ul>${lines.map(line => `<li>${escapeMarkup(line)}</li>`).join('')}</ul>`

/** Markup under a line that opens it. */
export const fold = (summary: string, content: string, isOpen = false): string =>
  `<details${isOpen ? ' open=""' : ''}><summary>${summary}</summary>\n${content}\n</details>`

/** Scrolls by itself where it is wider than the page. */
export function table([names = [], ...rows]: readonly Row[]): string {
  const row = (cells: Row, tag: 'th' | 'td') =>
    `<tr>${cells
      .map(
        (value, column) =>
          `<${tag}${column > 0 ? ' class="number"' : ''}${tag === 'th' ? ' scope="col"' : ''}>${escapeMarkup(String(value))}</${tag}>`,
      )
      .join('')}</tr>`
  return `<div class="scroll"><table><thead>${row(names, 'th')}</thead><tbody>${rows.map(cells => row(cells, 'td')).join('')}</tbody></table></div>`
}

const places = /RFC (\d+) §(\d[\d.]*\d|\d)|§(\d[\d.]*\d|\d)|erratum (\d+)|https:\/\/[^\s,]+/g

/** Where a requirement is from, with links to sections of RFCs (`RFC 7643 §2.4, §5`), errata, and addresses. */
export function sourceHtml(source: string): string {
  let last = ''
  return escapeMarkup(source).replace(
    places,
    (text, rfc?: string, section?: string, alone?: string, erratum?: string) => {
      if (rfc !== undefined) last = rfc
      if (erratum !== undefined) return link(`https://www.rfc-editor.org/errata/eid${erratum}`, text)
      const at = section ?? alone
      if (at === undefined) return link(text, text)
      return last === '' ? text : link(`https://www.rfc-editor.org/rfc/rfc${last}#section-${at}`, text)
    },
  )
}

const link = (href: string, text: string): string => `<a href="${href}">${text}</a>`
