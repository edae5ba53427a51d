import type { Finding, FindingKind } from '../finding.ts'
import { answerDiagnoses } from './answers.ts'
import { awsDiagnoses } from './aws.ts'
import { type Diagnosis, nameOf, type Observed, readSubject, type Subject } from './diagnosis.ts'
import { identityDiagnoses } from './identity.ts'
import { lookUpDiagnoses } from './look-ups.ts'
import { patchDiagnoses } from './patch.ts'
import { referenceDiagnoses } from './references.ts'
import { createRepeats } from './repeats.ts'
import { tokenDiagnoses } from './tokens.ts'
import { valueDiagnoses } from './values.ts'

const diagnoses: readonly Diagnosis[] = [
  ...identityDiagnoses,
  ...valueDiagnoses,
  ...referenceDiagnoses,
  ...patchDiagnoses,
  ...lookUpDiagnoses,
  ...answerDiagnoses,
  ...tokenDiagnoses,
  ...awsDiagnoses,
]

/** All that can be found about an exchange. */
export const findingKinds: readonly FindingKind[] = diagnoses.map(({ seenIn, ...kind }) => kind)

const kindsById = new Map(findingKinds.map(kind => [kind.id, kind]))

/** Undefined for what an earlier release has found and this one doesn't know any more. */
export const findingKindOf = (id: string): FindingKind | undefined => kindsById.get(id)

/** What is odd about an exchange, and what would fail on AWS. To be asked once for each, in the order of answering. */
export type Diagnose = (observed: Observed) => readonly Finding[]

/** Remembers which PATCH each resource was sent last. */
export function createDiagnosis(): Diagnose {
  const timesSent = createRepeats()
  return observed => {
    // What the console sends again isn't the client's doing.
    if (observed.exchange.replayOf !== undefined) return []
    const subject = readSubject(observed, timesSent(observed.exchange))
    return diagnoses.flatMap(({ id, seenIn }) => {
      const detail = seenIn(subject)
      return detail === undefined ? [] : [findingOf(id, detail, subject)]
    })
  }
}

function findingOf(id: string, detail: string, subject: Subject): Finding {
  const name = nameOf(subject)
  return { id, ...(name !== undefined && { subject: name }), detail }
}
