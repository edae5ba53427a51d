/** An instruction of a Dockerfile, continuation lines joined. */
export type Instruction = { readonly name: string; readonly rest: string; readonly line: number }

/** A stage of a Dockerfile: the instructions after a FROM line. */
export type Stage = { readonly name: string | undefined; readonly instructions: readonly Instruction[] }

/** Reads the stages of a Dockerfile (Docker's reference, "Format"): comments and blank lines are ignored. */
export function readDockerfile(text: string): readonly Stage[] {
  const stages: { name: string | undefined; instructions: Instruction[] }[] = []
  for (const { name, rest, line } of instructionsIn(text)) {
    if (name === 'FROM') {
      stages.push({ name: /\sAS\s+(\S+)$/i.exec(rest)?.[1], instructions: [] })
      continue
    }
    const stage = stages.at(-1)
    if (!stage) throw new Error(`Dockerfile:${line}: ${name} before FROM`)
    stage.instructions.push({ name, rest, line })
  }
  return stages
}

function instructionsIn(text: string): readonly Instruction[] {
  const instructions: Instruction[] = []
  let joined = ''
  let begin = 0
  for (const [at, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    if (joined === '') begin = at + 1
    joined += line.replace(/\\$/, '')
    if (line.endsWith('\\')) continue
    const [, name = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(joined) ?? []
    instructions.push({ name: name.toUpperCase(), rest, line: begin })
    joined = ''
  }
  return instructions
}
