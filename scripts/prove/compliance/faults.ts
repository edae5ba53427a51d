import { Worker } from 'node:worker_threads'
import type { Fault } from '../../../test/compliance/faults/fault.ts'
import { faults } from '../../../test/compliance/faults/index.ts'
import { type FaultReport, type Judgement, judge } from '../../../test/compliance/faults/run-fault.ts'

type Options = {
  /** IDs or numbers; all without any. */
  readonly only: readonly string[]
  readonly processes: number
  readonly print: (line: string) => void
}

/** Runs the whole rfc suite on a server with each fault, and compares its report with the list. */
export async function proveFaults({ only, processes, print }: Options): Promise<boolean> {
  const chosen = faults.filter(
    ({ id }, at) => only.length === 0 || only.includes(id) || only.includes(`${at + 1}`),
  )
  const unknown = only.filter(one => !chosen.some(fault => fault.id === one || numberOf(fault) === one))
  if (unknown.length > 0) throw new Error(`There is no fault ${unknown.join(', ')}.`)
  const judgements = new Map<Fault, Judgement>()
  const work = async (share: number) => {
    const own = chosen.filter((_, at) => at % processes === share)
    const worker = new Worker(new URL('fault-worker.ts', import.meta.url), {
      workerData: own.map(({ id }) => id),
    })
    let at = 0
    worker.on('message', (report: FaultReport) => {
      const fault = own[at++]
      if (!fault) return
      const judgement = judge(fault, report)
      judgements.set(fault, judgement)
      for (const line of linesFor(fault, report, judgement)) print(line)
    })
    await new Promise((resolve, reject) => worker.once('error', reject).once('exit', resolve))
  }
  await Promise.all(Array.from({ length: Math.min(processes, chosen.length) }, (_, share) => work(share)))
  const all = [...judgements.values()]
  const count = (is: (one: Judgement) => boolean) => `${all.filter(is).length} of ${chosen.length}`
  print(`Reported by the listed check: ${count(({ isFound }) => isFound)}`)
  print(`As many counted causes as listed: ${count(({ hasOneCause }) => hasOneCause)}`)
  print(`Failures of checks that aren’t about the fault: ${all.flatMap(one => one.accusations).length}`)
  print(`With the remedy of the list: ${count(({ hasRemedy }) => hasRemedy)}`)
  return all.length === chosen.length && all.every(({ problems }) => problems.length === 0)
}

const numberOf = (fault: Fault): string => `${faults.indexOf(fault) + 1}`

function linesFor(fault: Fault, report: FaultReport, { problems }: Judgement): readonly string[] {
  const { counted, following } = report
  const follows = Object.values(following).reduce((sum, one) => sum + one, 0)
  const found = counted.find(({ id }) => id === fault.check)
  return [
    [
      problems.length === 0 ? 'ok   ' : 'WRONG',
      numberOf(fault).padStart(2),
      fault.id.padEnd(26),
      (fault.check ?? '-').padEnd(42),
      `${counted.length} of ${fault.counted} counted, ${follows} follow;`,
      found?.remedy ?? report.ended ?? report.notes.join(' '),
    ].join(' '),
    ...problems.map(problem => `         ${problem}`),
  ]
}
