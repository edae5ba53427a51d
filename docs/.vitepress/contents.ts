type Group = {
  readonly text: string
  readonly items: readonly { readonly text: string; readonly link: string }[]
}

/** The groups of the sidebar: the headings of docs/README.md, and the pages in the tables below them. */
export const contentsOf = (readme: string): readonly Group[] =>
  readme
    .split(/^## /m)
    .map(section => ({
      text: section.split('\n', 1)[0] ?? '',
      items: [...section.matchAll(/^\| \[(.*?)\]\((.*?)\) \|/gm)].map(([, text = '', link = '']) => ({
        text: text.replaceAll('`', ''),
        link,
      })),
    }))
    .filter(({ items }) => items.length > 0)
