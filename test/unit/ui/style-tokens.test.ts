import { readFileSync } from 'node:fs'
import t from 'tap'

const styles = readFileSync(new URL('../../../src/ui/style/tokens.css', import.meta.url), 'utf8')

t.test('each color of the page is defined once, for light and dark together', async t => {
  const written = [...styles.matchAll(/^ *(--[\w-]+): *([^;]+);/gm)]
  const colors = written.filter(([, , value = '']) => /#|rgb/.test(value))
  t.same(
    colors.map(([, name]) => name),
    [...new Set(colors.map(([, name]) => name))],
  )
  t.same(
    colors.filter(([, , value = '']) => !value.includes('light-dark(')),
    [],
  )
})
