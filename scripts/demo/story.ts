import { createServer } from '../../src/index.ts'
import { httpTarget } from '../../src/provisioning/kit/http-target.ts'
import type { Target } from '../../src/provisioning/kit/target.ts'
import { springfield } from './entra-side.ts'
import { createNarrator } from './narrator.ts'
import * as scenes from './scenes.ts'
import { witnessOf } from './witness.ts'

type StoryOptions = {
  readonly write: (text: string) => void
  /** For tests: changes responses, so that statements become false. */
  readonly through?: (target: Target) => Target
  /** Keeps the server running until this resolves. */
  readonly untilClosed?: () => Promise<unknown>
}

const order = [
  scenes.connects,
  scenes.begins,
  scenes.rests,
  scenes.marge,
  scenes.barney,
  scenes.lenny,
  scenes.cleansUp,
  scenes.hiresAgain,
]

/** Prints the story of Springfield. Returns whether every statement is true. */
export async function tellStory({
  write,
  through = target => target,
  untilClosed,
}: StoryOptions): Promise<boolean> {
  const started = performance.now()
  const narrator = createNarrator(write)
  await using server = await createServer({ profile: 'aws', tenant: 'springfield' })
  const witness = witnessOf(server, 'springfield')
  const target = through(httpTarget({ tenantUrl: server.url, token: server.token }))
  const entra = await springfield(target, witness.advanceClock)
  write(`Springfield's directory is provisioned to a server that behaves like AWS IAM Identity Center.\n`)
  write(`SCIM endpoint: ${server.url}\n`)
  write('Lines with a check mark were verified against the server over REST before they were printed.\n')
  const { chapter, note, claim } = narrator
  const cast: scenes.Cast = { entra, witness, chapter, note, claim }
  for (const scene of order) await scene(cast)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const { claims, falseClaims } = narrator
  write(
    falseClaims === 0
      ? `\n${claims} checks passed in ${seconds} s.\n`
      : `\n${falseClaims} of ${claims} checks failed.\n`,
  )
  if (untilClosed) {
    write(`\nConsole: ${server.console}  (Ctrl-C to stop)\n`)
    await untilClosed()
  }
  return falseClaims === 0
}
