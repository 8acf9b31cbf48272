using CsCheck;

namespace SkyTree.Core.Tests.Harness;

/// <summary>Generators that CsCheck leaves to its users.</summary>
internal static class Pick
{
    /// <summary>One of some values, each as likely.</summary>
    public static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);
}
