import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { provenanceSchema, recordedRequestSchema } from '../src/traffic/recordings/recording.ts'
import { table } from './markdown-table.ts'

type Schema = {
  readonly description?: string
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}

type Row = readonly [member: string, required: string, meaning: string]

/** The members of an object, and those of the objects in it. */
const rowsOf = ({ properties = {}, required = [] }: Schema, prefix = ''): readonly Row[] =>
  Object.entries(properties).flatMap(([name, schema]): readonly Row[] => {
    const values = schema.enum?.map(value => `\`${value}\``).join(', ')
    const meaning = [schema.description, values && `One of ${values}.`].filter(Boolean).join(' ')
    const row: Row = [`\`${prefix}${name}\``, required.includes(name) ? 'yes' : '', meaning]
    return [row, ...rowsOf(schema, `${prefix}${name}.`)]
  })

/** A schema with an ID is a reference to its definition. */
const tableOf = (schema: z.ZodType): string => {
  const { $defs = {}, ...root } = z.toJSONSchema(schema, { unrepresentable: 'any' })
  const definition = $defs[root.$ref?.split('/').at(-1) ?? ''] ?? root
  return table(['member', 'required', 'meaning'], rowsOf(definition as Schema))
}

const filled = (text: string, name: string, content: string): string =>
  text.replace(
    new RegExp(`(<!-- ${name}:start -->).*(<!-- ${name}:end -->)`, 's'),
    (_, start, end) => `${start}\n${content}\n${end}`,
  )

const file = new URL('../docs/recordings.md', import.meta.url)

/** docs/recordings.md, whose tables of the format are generated. */
export const recordingsPage = () => ({
  file,
  text: filled(
    filled(readFileSync(file, 'utf8'), 'provenance', tableOf(provenanceSchema)),
    'request',
    tableOf(recordedRequestSchema),
  ),
})
