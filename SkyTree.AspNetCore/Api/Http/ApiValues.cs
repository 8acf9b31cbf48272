using SkyTree.Core.Admin;
using SkyTree.Core.Protocol;

namespace SkyTree.AspNetCore.Api.Http;

/// <summary>Values of parameters that are more than their type.</summary>
internal static class ApiValues
{
    /// <summary>A QoS; null: any.</summary>
    /// <exception cref="AdminException">It is none.</exception>
    public static QoS? QoS(int? value) => value is null or (>= 0 and <= 2) ? (QoS?)value : throw Invalid("qos", "bad_qos", "The QoS is 0, 1 or 2.");

    /// <summary>A value of a field makes no sense.</summary>
    public static AdminException Invalid(string field, string code, string message) =>
        new(AdminError.Invalid, code, message) { Fields = new Dictionary<string, string> { [field] = message } };
}
