using System.Reflection;

namespace SkyTree.AspNetCore.Configuration;

/// <summary>The version of this program.</summary>
internal static class ProductVersion
{
    /// <summary>Without the commit, for example <c>0.1.0</c>.</summary>
    public static string Text { get; } = typeof(ProductVersion).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
