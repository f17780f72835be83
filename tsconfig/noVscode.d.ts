// Stands for the "vscode" module in programs that must not use it: nothing can be imported from here.
export {};
