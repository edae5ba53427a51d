import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { tarEnd, tarHeader, tarPadding } from '../../src/domain/tar.ts'

export const airlines = 'samples/example-airlines'

/** The files of the invented company: an export of AWS, or one of Entra ID. */
export const airlinesFiles = (part: 'aws' | 'entra') =>
  readdirSync(join(airlines, part), { recursive: true, encoding: 'utf8' })
    .filter(name => statSync(join(airlines, part, name)).isFile())
    .sort()
    .map(name => ({ name, content: readFileSync(join(airlines, part, name)) }))

/** Its export of AWS as one file. */
export const airlinesArchive = (): Buffer =>
  Buffer.concat([
    ...airlinesFiles('aws').flatMap(({ name, content }) => [
      tarHeader(name, content.length),
      content,
      tarPadding(content.length),
    ]),
    tarEnd,
  ])
