/** A filter that a relay cannot use, with the reason for who sent it. */
export class FilterError extends Error {}
