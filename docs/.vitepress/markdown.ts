import { dirname, join, relative } from 'node:path'
import type { MarkdownRenderer } from 'vitepress'

type Token = ReturnType<MarkdownRenderer['parse']>[number]

/** The anchor that GitHub gives a heading, so that links work there and on the site. */
export const slugOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')

/**
 * The address on the site of a file in the repository: pages of `docs` keep their place, and the README of another folder is a page with
 * the name of the folder. Undefined for files that are no pages.
 */
const addressOf = (file: string): string | undefined => {
  if (/^docs\/.*\.md$/.test(file))
    return `/${file.slice('docs/'.length)}`.replace(/^\/README\.md$/, '/index.md')
  const [, folder] = /^(samples|scenarios|scim-compliance|setup-scimulator)\/README\.md$/.exec(file) ?? []
  return folder && `/${folder}.md`
}

type Site = {
  /** The root of the repository. */
  readonly root: string
  /** The address of the root at the repository's host, with a slash at its end, if it is known. */
  readonly repository: string | undefined
}

/** Links to files that are no pages lead to the repository's host; where that is unknown, only their text remains. */
function rewriteLinks(tokens: readonly Token[], folder: string, { root, repository }: Site): void {
  let isPlain = false
  for (const token of tokens) {
    // Links do not contain links.
    if (token.type === 'link_close' && isPlain) becomeText(token)
    if (token.type !== 'link_open') continue
    isPlain = false
    const [path = '', anchor] = String(token.attrGet('href')).split('#')
    if (path === '' || /^[a-z]+:/.test(path)) continue
    const file = relative(root, join(folder, decodeURI(path)))
    const address = addressOf(file) ?? (repository && repository + file)
    isPlain = address === undefined
    if (address === undefined) becomeText(token)
    else token.attrSet('href', anchor === undefined ? address : `${address}#${anchor}`)
  }
}

function becomeText(token: Token): void {
  token.type = 'text'
  token.content = ''
}

/** Gives each row that begins with an ID that ID as its anchor. */
function anchorRows(tokens: readonly Token[]): void {
  const known = new Set<string>()
  for (const [at, row] of tokens.entries()) {
    const cell = tokens[at + 2]
    if (row.type !== 'tr_open' || tokens[at + 1]?.type !== 'td_open' || cell?.children?.length !== 1) continue
    const id = cell.children[0]?.content ?? ''
    if (id === '' || /\s/.test(id) || known.has(id)) continue
    known.add(id)
    row.attrSet('id', id)
  }
}

/** Adapts pages that are written for the repository. */
export function adaptMarkdown(md: MarkdownRenderer, site: Site): void {
  md.core.ruler.push('site', ({ tokens, env }) => {
    // The search index reads files by their path; pages have the path of their address as well.
    const folder = dirname(env.realPath ?? env.path)
    for (const { children } of tokens) if (children) rewriteLinks(children, folder, site)
    anchorRows(tokens)
  })
  for (const name of ['text', 'code_inline'] as const) {
    const render = md.renderer.rules[name]
    // Vue would evaluate an expression in braces.
    md.renderer.rules[name] = (...given) => (render?.(...given) ?? '').replaceAll('{{', '&#123;&#123;')
  }
}
