using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace SkyTree.Core.Diagnostics;

/// <summary>Checks that stay on in release builds: what they say is never untrue unless the broker has a bug.</summary>
internal static class Invariant
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Require([DoesNotReturnIf(false)] bool holds, string what)
    {
        if (!holds)
        {
            Break(what);
        }
    }

    [DoesNotReturn]
    private static void Break(string what) => throw new InvalidOperationException($"broken invariant: {what}");
}
