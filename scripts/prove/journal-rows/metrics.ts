import type { Addresses } from './run.ts'

/** The analysis and the times of credentials decide which of these there are. */
const ofOthers = /^scimulator_(?:findings|cycles?|job|failing)(?:_|\{)/

/** The names and labels of this program's metrics, without their values and without generated ids. */
export async function readSeries({ console }: Addresses): Promise<readonly string[]> {
  const response = await fetch(`${console}/metrics`)
  const text = await response.text()
  return text
    .split('\n')
    .filter(line => line.startsWith('scimulator_') && !ofOthers.test(line))
    .map(line => line.slice(0, line.lastIndexOf(' ')).replace(/"[0-9a-f-]{36}"/g, '"an id"'))
    .toSorted()
}
