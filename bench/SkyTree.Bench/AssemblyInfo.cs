using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

// Native calls take plain numbers and pointers, so they need no marshalling code on the hot path.
[assembly: DisableRuntimeMarshalling]
[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
