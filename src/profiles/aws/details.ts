/** AWS's text for all that was wrong, in 2022 and 2023. */
export const genericDetail = 'Request is unparsable, syntactically incorrect, or violates schema.'

export const invalidFilterDetail = 'Invalid Filter format'
