import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitepress'
import { contentsOf } from './contents.ts'
import { adaptMarkdown, slugOf } from './markdown.ts'

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')

const { version, description, repository } = JSON.parse(read('package.json'))
const repositoryUrl: string | undefined = (repository?.url ?? repository)?.replace(/^git\+|\.git$/g, '')

export default defineConfig({
  title: 'Scimulator',
  description,
  lang: 'en',
  // The console serves the site at this path.
  base: '/docs/',
  srcDir: '..',
  srcExclude: ['!(docs|samples|scenarios|scim-compliance|setup-scimulator)/**', '*.md'],
  outDir: '../site',
  rewrites: { 'docs/README.md': 'index.md', 'docs/:page*': ':page*', ':folder/README.md': ':folder.md' },
  head: [
    [
      'link',
      {
        rel: 'icon',
        href: `data:image/svg+xml;base64,${Buffer.from(read('src/ui/icon.svg')).toString('base64')}`,
      },
    ],
  ],
  // Otherwise each page has a script of its own in it, which the console's policy would have to allow.
  metaChunk: true,
  markdown: {
    // Code is not colored: it would take a third of the time of the build.
    highlight: code =>
      `<pre v-pre><code>${code.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</code></pre>`,
    // GitHub does not know this syntax, and texts in braces are none.
    attrs: { disable: true },
    anchor: { slugify: slugOf },
    config: md =>
      adaptMarkdown(md, { root, repository: repositoryUrl && `${repositoryUrl}/blob/v${version}/` }),
  },
  themeConfig: {
    siteTitle: `Scimulator ${version}`,
    sidebar: contentsOf(read('docs/README.md')).map(({ text, items }) => ({
      text,
      items: items.map(({ text, link }) => ({
        text,
        link: `/${link.replace(/^\.\.\/(.*)\/README\.md$/, '$1').replace(/\.md$/, '')}`,
      })),
    })),
    outline: [2, 3],
    docFooter: { prev: false, next: false },
    externalLinkIcon: false,
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          searchOptions: {
            combineWith: 'AND',
            fuzzy: 0.1,
            prefix: true,
            boost: { title: 6, titles: 2, text: 1 },
          },
        },
      },
    },
  },
  vite: {
    // The index of the search is larger than the limit for a warning.
    build: { chunkSizeWarningLimit: 2000 },
  },
})
