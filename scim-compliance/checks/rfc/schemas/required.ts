import type { JsonObject } from '../../../json.ts'
import type { Stage } from '../../../stage.ts'
import { at } from '../../tools/attributes.ts'
import { fitting, type Kind } from '../../tools/kinds.ts'
import { expectNone } from '../../tools/places.ts'
import { posted } from '../../tools/posted.ts'
import { isWhole, isWritten } from './whole-places.ts'

export async function minimal(stage: Stage, kind: Kind): Promise<void> {
  for (const type of kind.types(stage)) {
    const sample = stage.sample(type)
    const names = type.attributes.filter(({ required }) => required).map(({ name }) => name)
    const urns = type.extensions.filter(({ required }) => required).map(({ schema }) => schema)
    const body: JsonObject = {
      ...Object.fromEntries(Object.entries(sample).filter(([name]) => [...names, ...urns].includes(name))),
      schemas: [type.schema, ...urns],
    }
    const answer = await posted(stage, type, body)
    expectNone(
      answer.status === 201 ? [] : [`${answer.status} (${String(at(answer.body, 'detail') ?? '')})`],
      `${type.name} with ${[...names, ...urns].join(', ') || 'nothing'} to be made`,
      answer,
    )
  }
}

export async function required(stage: Stage, kind: Kind): Promise<void> {
  const found = fitting(
    stage,
    kind,
    one => isWhole(one) && one.attribute.required && isWritten(one) && one.schema === undefined,
    'required',
  )
  for (const { type, places } of found) {
    const faults: string[] = []
    for (const { attribute } of places) {
      const body = Object.fromEntries(
        Object.entries(stage.sample(type)).filter(
          ([name]) => name.toLowerCase() !== attribute.name.toLowerCase(),
        ),
      )
      const answer = await posted(stage, type, body)
      if (answer.status !== 400) faults.push(`${type.name} without ${attribute.name}: ${answer.status}`)
    }
    expectNone(faults, 'status 400 without what is required')
  }
}
