namespace Rempart.Controllers.Networking;

/// <summary>The part of OVN's northbound database that Rempart writes (ovn-nb(5)).</summary>
internal static class NorthboundSchema
{
    internal const string Database = "OVN_Northbound";
    internal const string KeyId = "rempart-key";
    internal const string UidId = "rempart-uid";

    /// <summary>Rows of these tables live until they are deleted; rows of others go when nothing refers to them.</summary>
    internal static readonly IReadOnlySet<string> Roots = new HashSet<string>(StringComparer.Ordinal)
    {
        "Logical_Switch", "Logical_Router", "DHCP_Options", "DNS", "Address_Set", "Port_Group",
    };

    internal static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> Monitor = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
    {
        ["Logical_Switch"] = ["name", "ports", "acls", "dns_records", "other_config", "external_ids"],
        ["Logical_Switch_Port"] = ["name", "type", "addresses", "port_security", "dhcpv4_options", "options", "tag", "external_ids", "up"],
        ["Logical_Router"] = ["name", "ports", "static_routes", "nat", "options", "external_ids"],
        ["Logical_Router_Port"] = ["name", "mac", "networks", "gateway_chassis", "external_ids"],
        ["Logical_Router_Static_Route"] = ["ip_prefix", "nexthop", "output_port", "external_ids"],
        ["NAT"] = ["type", "external_ip", "logical_ip", "external_ids"],
        ["Gateway_Chassis"] = ["name", "chassis_name", "priority", "external_ids"],
        ["DHCP_Options"] = ["cidr", "options", "external_ids"],
        ["DNS"] = ["records", "external_ids"],
        ["Address_Set"] = ["name", "addresses", "external_ids"],
        ["Port_Group"] = ["name", "ports", "acls", "external_ids"],
        ["ACL"] = ["direction", "priority", "match", "action", "external_ids"],
    };
}
